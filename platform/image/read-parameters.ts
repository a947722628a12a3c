/** What a picture says of how it was made, read back from the metadata that `encodeImage` wrote. */

import type { Metadata } from 'sharp'
import { PNG_KEYWORD } from './encode.ts'
import { readExifDescription } from './exif-text.ts'
import { inspectImage } from './inspect.ts'

/**
 * The JSON value, or undefined where the picture carries none. It comes from whoever made the
 * file, so it is to be parsed before it is believed. Throws `image-unreadable` for no picture.
 */
export async function readParameters(bytes: Uint8Array): Promise<unknown> {
  const text = parametersText(await inspectImage(bytes))
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Other programs write a description too, in words.
    return undefined
  }
}

function parametersText({ format, comments, exif }: Metadata): string | undefined {
  if (format === 'png') return comments?.find(({ keyword }) => keyword === PNG_KEYWORD)?.text
  return exif === undefined ? undefined : readExifDescription(exif)
}
