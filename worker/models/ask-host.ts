/** One request for a part of a file, redirects followed by hand: a token goes to the host that it is for, and no further. */
import { z } from 'zod'
import { Failure, messageOf } from '#contract'
import { refusalOf } from './refusal.ts'
import type { Source } from './source.ts'

export interface Part {
  /** Byte at which the answer is to begin. */
  readonly from: number
  /** The file's validator when the bytes before were fetched; without it, nothing is left out. */
  readonly validator: string | undefined
}

export interface Answer {
  /** Where in the file its body begins: 0 where the server began anew. */
  readonly from: number
  /** Of the whole file, where it is told. */
  readonly bytes: number | undefined
  readonly sha256: string | undefined
  readonly validator: string | undefined
  readonly name: string | undefined
  readonly body: AsyncIterable<Uint8Array>
}

const MOST_REDIRECTS = 5

/** Throws the Failure of what the host answers instead of the file. */
export async function askHost(source: Source, asked: Part, signal: AbortSignal): Promise<Answer> {
  let part = asked
  let sha256 = await toldHash(source, signal)
  let bytes: number | undefined
  let url = source.url
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const response = await reach(url, { headers: headersFor(url, source, part), signal })
    // Hugging Face tells of the file where it redirects to its own store.
    sha256 ??= sha256In(response.headers.get('x-linked-etag'))
    bytes ??= wholeNumber(response.headers.get('x-linked-size'))
    const next = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && next !== null) {
      await response.body?.cancel()
      url = new URL(next, url)
      continue
    }
    if (isOtherPart(response, part) && part.from > 0) {
      await response.body?.cancel()
      // It has become shorter, or ranges are not what they ought to be: what is here is given up.
      part = { from: 0, validator: undefined }
      continue
    }
    const refusal = refusalOf(response, source, url) ?? notWhole(response, part, url)
    if (refusal) {
      await response.body?.cancel()
      throw refusal
    }
    return answerOf(response, { sha256, bytes })
  }
  throw new Failure('provider-failed', `${source.url.host} redirects without end.`)
}

function headersFor(url: URL, { url: asked, token }: Source, { from, validator }: Part): Headers {
  const headers = new Headers({ 'user-agent': 'i2i' })
  // So that bytes counted are bytes of the file.
  headers.set('accept-encoding', 'identity')
  if (token !== undefined && url.origin === asked.origin) {
    headers.set('authorization', `Bearer ${token}`)
  }
  if (from > 0 && validator !== undefined) {
    headers.set('range', `bytes=${from}-`)
    headers.set('if-range', validator)
  }
  return headers
}

async function reach(url: URL, init: { headers: Headers; signal: AbortSignal }): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'manual' })
  } catch (cause) {
    init.signal.throwIfAborted()
    const why = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
    throw new Failure('provider-unavailable', `${url.host} cannot be reached (${why}).`, { cause })
  }
}

/** Where it begins, and how long the file is; undefined where it is none. */
const rangeIn = ({ headers }: Response): RegExpExecArray | null =>
  /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '')

const isOtherPart = (response: Response, { from }: Part): boolean =>
  response.status === 416 || (response.status === 206 && Number(rangeIn(response)?.[1]) !== from)

function notWhole(response: Response, part: Part, { host }: URL): Failure | undefined {
  if (!isOtherPart(response, part)) return undefined
  return new Failure(
    'provider-failed',
    `${host} gives another part of the file than it is asked for.`,
  )
}

function answerOf(response: Response, told: Pick<Answer, 'sha256' | 'bytes'>): Answer {
  const { headers, body } = response
  const range = response.status === 206 ? rangeIn(response) : null
  const from = Number(range?.[1] ?? 0)
  const length = wholeNumber(headers.get('content-length'))
  const whole =
    wholeNumber(range?.[2] ?? null) ?? (length === undefined ? undefined : from + length)
  const validator = headers.get('etag') ?? headers.get('last-modified') ?? undefined
  return {
    from,
    bytes: whole ?? told.bytes,
    sha256: told.sha256,
    // A weak one does not say that bytes are the same, and If-Range takes none.
    validator: validator?.startsWith('W/') ? undefined : validator,
    name: nameIn(headers.get('content-disposition')),
    body: body ?? empty(),
  }
}

const versionFacts = z.object({
  files: z.array(
    z.object({
      primary: z.boolean().optional(),
      hashes: z.object({ SHA256: z.string().optional() }).optional(),
    }),
  ),
})

/** Civitai's, of the version's main file; none where it does not say, for the download may work all the same. */
async function toldHash({ facts, url }: Source, signal: AbortSignal): Promise<string | undefined> {
  // With more in the query than the version, the file is another one than the main one.
  if (!facts || url.search !== '') return undefined
  const response = await fetch(facts, { signal }).catch(() => undefined)
  signal.throwIfAborted()
  const parsed = versionFacts.safeParse(await response?.json().catch(() => undefined))
  const files = parsed.data?.files ?? []
  const main = files.find(({ primary }) => primary) ?? files[0]
  return sha256In(main?.hashes?.SHA256 ?? null)
}

const sha256In = (text: string | null): string | undefined =>
  /^"?([0-9a-f]{64})"?$/i.exec(text ?? '')?.[1]?.toLowerCase()

const wholeNumber = (text: string | null): number | undefined =>
  text !== null && /^\d+$/.test(text) ? Number(text) : undefined

/** RFC 6266's plain form, and its extended one; without folders, whoever sent it. */
function nameIn(disposition: string | null): string | undefined {
  const [, extended] = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '') ?? []
  const [, quoted, bare] = /filename=(?:"([^"]*)"|([^;\s]+))/i.exec(disposition ?? '') ?? []
  const name = extended ? decoded(extended) : (quoted ?? bare)
  const last = name?.split(/[/\\]/).at(-1) ?? ''
  return /^\.*$/.test(last) ? undefined : last
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}
