/**
 * Bodies as bytes, as text and as forms. Text is UTF-8 or refused: decoders put U+FFFD where bytes are none, and
 * pictures would be drawn of words that nobody wrote.
 */
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
  const body = Buffer.from(bytes)
  let at = 0
  for (const value of form.values()) {
    if (typeof value !== 'string' || !value.includes(LOST)) continue
    // Where it was meant, it stands there as it was read. Texts are in the order of their parts: all is looked through once.
    const found = body.indexOf(`\r\n\r\n${value}\r\n`, at)
    if (found < 0) throw new Failure('request-unreadable', FORM_NOT_UTF8)
    at = found + 1
  }
  return form
}

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
