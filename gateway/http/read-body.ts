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
  const values = [...form.values()]
  const isDoubtful = (value: unknown) => typeof value === 'string' && value.includes(LOST)
  if (!values.some(isDoubtful)) return form
  const parts = partsOf(Buffer.from(bytes), contentType)
  const isRead = (value: unknown, i: number) => !isDoubtful(value) || isUtf8(parts[i] ?? NO_TEXT)
  if (!values.every(isRead)) throw new Failure('request-unreadable', FORM_NOT_UTF8)
  return form
}

/** What the parts of a body hold that was read as a form, in their order. Goes through it once, whatever is in it. */
function partsOf(body: Buffer, contentType: string): readonly Buffer[] {
  const [, quoted, plain = ''] = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType) ?? []
  const delimiter = `\r\n--${quoted ?? plain}`
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const head = body.indexOf(END_OF_HEAD, at)
    if (head < 0) return parts
    const from = head + END_OF_HEAD.length
    const end = body.indexOf(delimiter, from)
    if (end < 0) return parts
    parts.push(body.subarray(from, end))
    at = end + delimiter.length
  }
}

const END_OF_HEAD = '\r\n\r\n'
const NO_TEXT = Buffer.from([0xff])

const FORM_NOT_UTF8 = 'A text of the form is not UTF-8. Encode all of them so, and send it again.'

/** Stands for bytes that could not be read; it can also be meant. */
const LOST = '\ufffd'

async function readForm(bytes: ArrayBuffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(bytes, { headers: { 'content-type': contentType } }).formData()
  } catch (cause) {
    const message = 'The body is no multipart/form-data that can be read. Send it again.'
    throw new Failure('request-unreadable', message, { cause })
  }
}
