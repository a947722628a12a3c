/** The sizes a picture can be made at: what SDXL was trained on, and what its VAE can express. */

import { Failure } from './failure.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

/** SDXL's training buckets in common use, each of about 1024² pixels (SDXL paper, appendix I). */
const trainedSizes: readonly (readonly [number, number])[] = [
  [1024, 1024],
  [1152, 896],
  [896, 1152],
  [1216, 832],
  [832, 1216],
  [1344, 768],
  [768, 1344],
  [1536, 640],
  [640, 1536],
]

/** The side in pixels of the square that the buckets above are drawn from. */
const TRAINED_NATIVE = 1024
/** Pixels a side of one latent. */
const LATENT_PIXELS = 8
const MAX_SIDE = 2048
/** Beyond this the widest bucket would show less than half of what was asked for. */
const MAX_ASPECT = 5

/**
 * The bucket nearest to the aspect of `width` × `height`, by the logarithm of the ratio, so that
 * portrait and landscape are treated alike.
 *
 * `native` is the side that the network was trained at: 1024 for SDXL; for others the buckets are
 * scaled and rounded to whole latents.
 */
export function nearestBucket(width: number, height: number, native = TRAINED_NATIVE): Size {
  const wanted = Math.log(width / height)
  const distance = (size: Size) => Math.abs(Math.log(size.width / size.height) - wanted)
  return bucketsOf(native).reduce((best, size) => (distance(size) < distance(best) ? size : best))
}

/**
 * The bucket for an aspect ratio such as `16:9`.
 * Throws `request-invalid` for anything but two positive numbers, or a ratio beyond 5:1.
 */
export function bucketOfAspect(aspectRatio: string, native = TRAINED_NATIVE): Size {
  const parts = /^\s*(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?)\s*$/.exec(aspectRatio)
  const width = Number(parts?.[1])
  const height = Number(parts?.[2])
  if (!(width > 0 && height > 0)) {
    const message = `The aspect ratio ${JSON.stringify(aspectRatio)} is not of the form 16:9.`
    throw new Failure('request-invalid', message)
  }
  if (Math.max(width / height, height / width) > MAX_ASPECT) {
    const message = `The aspect ratio ${aspectRatio.trim()} is too long. Stay within 5:1 and 1:5.`
    throw new Failure('request-invalid', message)
  }
  return nearestBucket(width, height, native)
}

/**
 * The size of about `native`² pixels that has the picture's own aspect, as near as whole latents come
 * to it. Within the limits of `checkSize`, so beyond 32:1 the aspect is that of the longest that fits.
 */
export function ownAspect(width: number, height: number, native = TRAINED_NATIVE): Size {
  const scale = native / Math.sqrt(width * height)
  const longest = Math.max(width, height) * scale
  const fitting = scale * Math.min(1, MAX_SIDE / longest)
  const side = (pixels: number) => Math.max(leastSide(native), wholeLatents(pixels * fitting))
  return { width: side(width), height: side(height) }
}

/**
 * Throws `request-invalid`, naming the nearest size that is possible, unless both sides are
 * multiples of 8 from 64 to 2048; networks of a native side under 512 may go down to 16.
 */
export function checkSize(width: number, height: number, native = TRAINED_NATIVE): void {
  const least = leastSide(native)
  const isPossible = (side: number) =>
    side % LATENT_PIXELS === 0 && side >= least && side <= MAX_SIDE
  if (isPossible(width) && isPossible(height)) return
  const nearest = (side: number) =>
    Math.min(MAX_SIDE, Math.max(least, wholeLatents(Number.isNaN(side) ? native : side)))
  const rule = `both sides must be multiples of ${LATENT_PIXELS} from ${least} to ${MAX_SIDE}`
  const mend = `The nearest is ${nearest(width)} × ${nearest(height)}.`
  throw new Failure(
    'request-invalid',
    `The size ${width} × ${height} will not do: ${rule}. ${mend}`,
  )
}

const leastSide = (native: number): number => (native >= 512 ? 64 : 16)

export function bucketsOf(native = TRAINED_NATIVE): readonly Size[] {
  const scaled = (side: number) =>
    Math.max(LATENT_PIXELS, wholeLatents((side * native) / TRAINED_NATIVE))
  return trainedSizes.map(([width, height]) => ({ width: scaled(width), height: scaled(height) }))
}

function wholeLatents(pixels: number): number {
  return Math.round(pixels / LATENT_PIXELS) * LATENT_PIXELS
}
