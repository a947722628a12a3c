/** A picture's header, read without decoding a pixel: the first look at bytes from a stranger. */

import type { Metadata } from 'sharp'
import { Failure } from '#contract'
import { looksLike } from './looks-like.ts'
import { sharp } from './sharp.ts'

/**
 * Size, colour and metadata of a JPEG, PNG or WebP.
 * Throws `image-unreadable`, saying what the bytes look like, where they are none of these.
 */
export async function inspectImage(bytes: Uint8Array): Promise<Metadata> {
  if (bytes.length === 0) throw unreadable(bytes)
  try {
    // The pixel limit is off because the header is all that is read, and a refusal should name the size.
    return await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata()
  } catch (cause) {
    throw unreadable(bytes, cause)
  }
}

/** The refusal of bytes that do not decode; `cause` is the decoder's own complaint. */
export function unreadable(bytes: Uint8Array, cause?: unknown): Failure {
  const kind = looksLike(bytes)
  if (kind !== undefined && readable.has(kind)) {
    const message = `This ${kind.slice(2)} is damaged or cut short. Save or send it again.`
    return new Failure('image-unreadable', message, { cause })
  }
  const what = kind ? `This is ${kind}, not a picture that can be read` : 'This is no known picture'
  const message = `${what}. Save it as PNG, JPEG or WebP.`
  return new Failure('image-unreadable', message, { cause })
}

const readable: ReadonlySet<string> = new Set(['a JPEG', 'a PNG', 'a WebP'])
