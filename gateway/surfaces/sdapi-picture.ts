/** A picture as the web UI's clients send it: base64, with or without `data:` before it, or a URL. */
import { Failure } from '#contract'
import { MOST_UPLOAD_BYTES } from '../http/limits.ts'
import { refusalOfFields } from '../http/wrong-fields.ts'

export type GivenPicture = { readonly url: string } | { readonly bytes: Uint8Array }

const DATA = /^data:[\w.+-]{1,60}\/[\w.+-]{1,60};base64,/i
/** Without white space at its end: an expression that allowed for it would try each of a million spaces as that end. */
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}$/

/** Throws `request-invalid`, `request-too-large`. */
export function readPicture(given: string): GivenPicture {
  if (/^https?:\/\//i.test(given)) return { url: given }
  const text = given.replace(DATA, '').trimEnd()
  if (!BASE64.test(text)) {
    const message = 'must be a picture in base64, or an http or https URL'
    throw refusalOfFields([{ field: 'init_images.0', message }])
  }
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length <= MOST_UPLOAD_BYTES) return { bytes }
  const most = `${MOST_UPLOAD_BYTES / 1024 / 1024} MiB`
  throw new Failure('request-too-large', `The picture has more than ${most}. Send a smaller one.`)
}
