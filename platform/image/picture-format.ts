/** The three forms in which pictures leave, and how a file's ending names them. */

import { extname } from 'node:path'
import { Failure } from '#contract'

export type PictureFormat = 'png' | 'webp' | 'jpeg'

/**
 * The format that a path's ending asks for, in either case.
 * Throws `request-invalid`, naming the endings there are, for any other.
 */
export function formatOf(path: string): PictureFormat {
  const format = formats.get(extname(path).toLowerCase())
  if (format !== undefined) return format
  const message = `${path} does not end in .png, .webp or .jpg. Choose one of these.`
  throw new Failure('request-invalid', message)
}

const formats: ReadonlyMap<string, PictureFormat> = new Map([
  ['.png', 'png'],
  ['.webp', 'webp'],
  ['.jpg', 'jpeg'],
  ['.jpeg', 'jpeg'],
])
