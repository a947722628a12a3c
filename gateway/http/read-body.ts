/**
 * Bodies as bytes, as text and as forms. Text is UTF-8 or refused: decoders put U+FFFD where bytes are none, and
 * pictures would be drawn of words that nobody wrote.
 */
import { isUtf8 } from 'node:buffer'
import { Failure, messageOf } from '#contract'

/** Throws `request-unreadable` for one that was cut off. */
export async function readBytes(request: Pick<Request, 'arrayBuffer'>): Promise<ArrayBuffer> {
  try {
    return await request.arrayBuffer()
  } catch (cause) {
    throw new Failure('request-unreadable', CUT_OFF, { cause })
  }
}

/** Nobody is left to read it, but for those who ended only their half of the connection. */
export const CUT_OFF = 'The connection ended before the request did.'

/** Throws `request-unreadable`, saying from which character on it is none. */
export function jsonOf(bytes: ArrayBuffer): unknown {
  const text = textOf(bytes)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Failure('request-unreadable', `${whyNoJson(text, cause)} Send valid JSON.`, { cause })
  }
}

function textOf(bytes: ArrayBuffer): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    const message = 'The body is not UTF-8, as JSON must be. Encode it as UTF-8 and send it again.'
    throw new Failure('request-unreadable', message, { cause })
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** V8 names the place, but for an end that comes too early, and in texts that are short. */
function whyNoJson(text: string, cause: unknown): string {
  if (text.trim() === '') return 'The body is empty.'
  const said = messageOf(cause)
  const [, place] = /at position (\d+)/.exec(said) ?? []
  const isCut = said.includes('end of JSON') || Number(place) >= text.length
  if (isCut) return 'The body ends before its JSON does.'
  if (place === undefined) return 'The body is no JSON.'
  return `The body is no JSON from its character ${Number(place) + 1} on.`
}

/** A multipart body. Throws `request-unreadable`, also where one of its texts is not UTF-8. */
export async function formIn(bytes: ArrayBuffer, contentType: string): Promise<FormData> {
  const form = await readForm(bytes, contentType)
  const mayBeLost = [...form.values()].some(
    (value) => typeof value === 'string' && value.includes(LOST),
  )
  if (mayBeLost) await requireUtf8({ form, bytes, contentType })
  return form
}

/** Stands for bytes that could not be read; it can also be meant. */
const LOST = '\ufffd'

async function readForm(body: ArrayBuffer | string, contentType: string): Promise<FormData> {
  try {
    return await new Response(body, { headers: { 'content-type': contentType } }).formData()
  } catch (cause) {
    const message = 'The body is no multipart/form-data that can be read. Send it again.'
    throw new Failure('request-unreadable', message, { cause })
  }
}

interface ReadForm {
  /** As it was decoded. */
  readonly form: FormData
  readonly bytes: ArrayBuffer
  readonly contentType: string
}

/** Read as Latin-1, in which each byte is a character, every field still has the bytes that came. */
async function requireUtf8({ form, bytes, contentType }: ReadForm): Promise<void> {
  const asCame = await readForm(Buffer.from(bytes).toString('latin1'), contentType)
  const wrong = [...asCame.values()].findIndex(
    (value) => typeof value === 'string' && !isUtf8(Buffer.from(value, 'latin1')),
  )
  if (wrong < 0) return
  const name = [...form.keys()][wrong]?.slice(0, LONGEST_NAME)
  const message = `${name} is not UTF-8. Encode the texts of the form as UTF-8 and send it again.`
  throw new Failure('request-unreadable', message)
}

/** Of a stranger's field, in a sentence of ours. */
const LONGEST_NAME = 100
