/** A picture from a path that a person typed, with every common slip named. */

import { readFile, stat } from 'node:fs/promises'
import type { RgbImage } from '#contract'
import { Failure } from '#contract'
import { type DecodeLimits, decodeImage } from './decode.ts'

/** More than a 25-megapixel PNG of noise weighs; what is larger is some other thing. */
const MAX_FILE_BYTES = 128 * 1024 * 1024

/**
 * Reads and decodes the picture at `path`.
 * Throws `image-unreadable` for a missing file, a folder, or no picture, and `image-too-large`.
 */
export async function readImageFile(path: string, limits?: DecodeLimits): Promise<RgbImage> {
  const bytes = await readPictureBytes(path)
  try {
    return await decodeImage(bytes, limits)
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    throw new Failure(cause.code, `${path}: ${cause.message}`, { cause })
  }
}

async function readPictureBytes(path: string): Promise<Uint8Array> {
  const found = await stat(path).catch((cause) => {
    throw unreachable(path, cause)
  })
  if (found.isDirectory()) {
    throw new Failure('image-unreadable', `${path} is a folder. Name a picture in it.`)
  }
  // A pipe or a device would be read for ever.
  if (!found.isFile()) throw new Failure('image-unreadable', `${path} is no ordinary file.`)
  if (found.size > MAX_FILE_BYTES) {
    const size = Math.ceil(found.size / 1024 / 1024)
    const message = `${path} has ${size} MiB; the limit is ${MAX_FILE_BYTES / 1024 / 1024} MiB.`
    throw new Failure('image-too-large', message)
  }
  return await readFile(path).catch((cause) => {
    throw unreachable(path, cause)
  })
}

function unreachable(path: string, cause: NodeJS.ErrnoException): Failure {
  const isMissing = cause.code === 'ENOENT' || cause.code === 'ENOTDIR'
  const reason = isMissing ? 'There is no file' : `(${cause.code ?? cause.message}) Cannot open`
  return new Failure('image-unreadable', `${reason} ${path}. Check the path.`, { cause })
}
