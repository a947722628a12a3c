/** A payload or result without what a terminal, its scrollback and a screenshot of it should not keep. */
import { isPlainName } from '#platform/scrub.ts'

export interface Withholding {
  /** Prompts, paths and URLs too; even then no key, no token, and no query of a URL. */
  readonly showsContent: boolean
}

/** The same value with every text that may be somebody's own replaced by how long it is. Any depth is safe. */
export function withhold(value: unknown, { showsContent }: Withholding): unknown {
  const text = (given: string, name: string) => {
    if (showsContent) return withoutQueries(given)
    const isHarmless = harmless.has(plain(name)) && isPlainName(given)
    return isHarmless || given === '' ? given : hidden(given)
  }
  const keyOf = (name: string) =>
    showsContent || /^[\w.-]{1,40}$/.test(name) ? name : hidden(name)

  const walk = (given: unknown, name: string, depth: number): unknown => {
    if (SECRET.test(name) && given !== null) return '[hidden]'
    if (typeof given === 'string') return text(given, name)
    if (typeof given !== 'object' || given === null) return given
    if (depth === DEEPEST) return '[deeper]'
    if (Array.isArray(given)) return given.map((item) => walk(item, name, depth + 1))
    const entries = Object.entries(given)
    return Object.fromEntries(
      entries.map(([key, inner]) => [keyOf(key), walk(inner, key, depth + 1)]),
    )
  }
  return walk(value, '', 0)
}

/** What follows `?` or `#` in a URL is where signatures are; what stands before an `@`, passwords. */
export function withoutQueries(text: string): string {
  return text
    .replace(
      // A scheme is short, and a long word is looked through once for all the places where one may begin.
      /([a-z][a-z\d+.-]{0,30}:\/\/)([^\s"'<>?#]*)([?#][^\s"'<>]*)?/gi,
      (_, scheme, path, query) => {
        const bare = path.replace(/^[^/]*@/, '…@')
        return `${scheme}${bare}${query === undefined ? '' : `${query[0]}…`}`
      },
    )
    .replace(/([?#])[^\s"'<>?#]*=[^\s"'<>]*/g, '$1…')
}

const DEEPEST = 12

const SECRET = /token|secret|password|passwd|authorization|bearer|cookie|signature|key$/i

/** Settings that are one of a few words, and ids. */
const harmless = new Set([
  ...['id', 'jobid', 'requestid', 'userid', 'type', 'jobtype', 'quality', 'format', 'contenttype'],
  ...['contentmode', 'mode', 'referencemode', 'pipeline', 'resolution', 'aspectratio', 'scheduler'],
  ...['promptsyntax', 'resize', 'source', 'status', 'code', 'stage', 'device', 'precision', 'vae'],
  ...['modeltype', 'modelvariant', 'version', 'timestamp', 'createdat', 'distillation'],
])

const plain = (name: string) => name.replaceAll('_', '').toLowerCase()

const hidden = (text: string) => `[hidden: ${text.length} characters]`
