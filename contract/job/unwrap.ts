/** The one JSON object that an element of the queue holds, out of the five ways in which it was ever pushed. */
import { type Fields, isFields } from './fields.ts'

/** An element that is larger is no job; it is not even parsed. */
export const MOST_ELEMENT_BYTES = 256 * 1024

/** Array, text in it, `data`, text in it: what was ever pushed needs five. */
const MOST_LAYERS = 8

export type Unwrapped = { readonly payload: Fields } | { readonly unreadable: string }

/**
 * Reads object text; array text of one object, or of one text of an object; `{"data": "…"}`; and text that
 * was encoded twice. Says in a sentence why where it is none of them, without any of its content.
 */
export function unwrap(raw: string): Unwrapped {
  const bytes = Buffer.byteLength(raw)
  if (bytes > MOST_ELEMENT_BYTES) return unreadable(`has ${bytes} bytes of ${MOST_ELEMENT_BYTES}`)
  let value: unknown = raw
  for (let layer = 0; layer < MOST_LAYERS; layer++) {
    if (typeof value === 'string') {
      const parsed = parse(value)
      if (!parsed) return unreadable('is not JSON')
      value = parsed.value
    } else if (Array.isArray(value)) {
      // Of several, the others would be lost in silence.
      if (value.length !== 1) return unreadable(`is a list of ${value.length}: push one job a time`)
      value = value[0]
    } else if (isFields(value)) {
      const inner = wrappedIn(value)
      if (inner === undefined) return { payload: value }
      value = inner
    } else {
      return unreadable(`is ${value === null ? 'null' : `a ${typeof value}`}, not an object`)
    }
  }
  return unreadable(`is wrapped more than ${MOST_LAYERS} times`)
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    // The parser's own message quotes the text, and a prompt belongs in no log.
    return undefined
  }
}

function wrappedIn(fields: Fields): unknown {
  const names = Object.keys(fields)
  const { data } = fields
  const isWrapped = names.length === 1 && (typeof data === 'string' || isFields(data))
  return isWrapped ? data : undefined
}

const unreadable = (what: string): Unwrapped => ({ unreadable: `The element ${what}.` })
