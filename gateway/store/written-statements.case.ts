/** The SQL that stands in the gateway's sources, so that a test of all statements sees the one that nobody told it of. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export interface WrittenStatement {
  /** In the gateway's folder. */
  readonly file: string
  readonly text: string
  /** It has none of another's texts in it, so that a database can plan it as it stands here. */
  readonly isWhole: boolean
  /** Whether what was asked is it, whatever was put into its places. */
  readonly isIn: (asked: string) => boolean
}

const GATEWAY = join(import.meta.dirname, '..')

/** Every text of the sources that names one of `tables` in the schema `i2i`. */
export function statementsOn(tables: readonly string[]): readonly WrittenStatement[] {
  const named = new RegExp(`\\bi2i\\.(?:${tables.join('|')})\\b`)
  return sources().flatMap((path) => {
    const file = relative(GATEWAY, path)
    const texts = textsIn(readFileSync(path, 'utf8')).filter((text) => named.test(text))
    return texts.map((text) => ({
      ...{ file, text, isWhole: !text.includes('${') },
      isIn: matcherOf(text),
    }))
  })
}

const sources = (): readonly string[] =>
  readdirSync(GATEWAY, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.test|\.case)\.ts$/.test(name))
    .map((name) => join(GATEWAY, name))

/** What is between backticks, and on one line between quotes. No statement of ours has a text in one of its places. */
function textsIn(source: string): readonly string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const templates = [...code.matchAll(/`([^`]*)`/g)]
  const quoted = [...code.replace(/`[^`]*`/g, '').matchAll(/'([^'\n]*)'/g)]
  return [...templates, ...quoted].map(([, text = '']) => text)
}

function matcherOf(text: string): (asked: string) => boolean {
  const parts = text.split(/\$\{[^}]*\}/)
  return (asked) => {
    let at = 0
    return parts.every((part) => {
      const found = asked.indexOf(part, at)
      at = found + part.length
      return found >= 0
    })
  }
}
