/** The size that a picture is made at: as asked, else as near to the photo's own as the network serves. */
import {
  bucketOfAspect,
  checkSize,
  Failure,
  type Mode,
  nearestBucket,
  ownAspect,
  type Size,
} from '#contract'
import { quoted } from './option-values.ts'
import type { GivenOptions } from './options.ts'

/** `nativeSize`: pixels a side that the network was trained at. `photo`: undefined where there is none. */
export interface SizeContext {
  readonly mode: Mode
  readonly photo: Size | undefined
  readonly nativeSize: number
}

/** Throws `request-invalid` for a size or an aspect ratio that no picture can have. */
export function chooseSize(given: GivenOptions, { mode, photo, nativeSize }: SizeContext): Size {
  if (mode === 'copy' && photo) return ownAspect(photo.width, photo.height, nativeSize)
  if (given.size !== undefined) {
    const size = parseSize(given.size)
    checkSize(size.width, size.height, nativeSize)
    return size
  }
  if (given.aspect !== undefined) return bucketOfAspect(given.aspect, nativeSize)
  return nearestBucket(photo?.width ?? 1, photo?.height ?? 1, nativeSize)
}

/** Throws `request-invalid` for what is wrong whatever the network. */
export function requireSizeForm(given: GivenOptions): void {
  if (given.size !== undefined) parseSize(given.size)
  if (given.aspect !== undefined) bucketOfAspect(given.aspect)
}

function parseSize(text: string): Size {
  const [, width, height] = /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/i.exec(text) ?? []
  if (width !== undefined && height !== undefined) {
    return { width: Number(width), height: Number(height) }
  }
  throw new Failure('request-invalid', `--size must be of the form 1024x768, not ${quoted(text)}.`)
}
