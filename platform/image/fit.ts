/** A picture brought to the size that the networks run at. */

import { setImmediate as othersTurn } from 'node:timers/promises'
import { assertRgbImage, type RgbImage } from '#contract'
import type { Filter } from './filters.ts'
import { type Box, resample } from './resample.ts'

export interface Fit {
  readonly width: number
  readonly height: number
  /** Fill and crop what hangs over, show all with white borders, or distort. */
  readonly mode: 'cover' | 'contain' | 'stretch'
  /** Lanczos unless given. */
  readonly filter?: Filter
}

/**
 * Resizes with Pillow's filters; `cover` and `contain` keep the centre and the aspect. The pixels
 * are those of PIL's `ImageOps.fit`, `ImageOps.contain` on white, and `Image.resize`. A picture of
 * that size already is returned as it is.
 */
export function fitImage(image: RgbImage, fit: Fit): RgbImage {
  const steps = fitting(image, fit)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The same pixels, made a few milliseconds at a time: 1024 × 1024 of them take a tenth of a second in all. */
export async function fitImageInSteps(image: RgbImage, fit: Fit): Promise<RgbImage> {
  const steps = fitting(image, fit)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await othersTurn()
  }
}

function* fitting(
  image: RgbImage,
  { width, height, mode, filter = 'lanczos3' }: Fit,
): Generator<undefined, RgbImage> {
  assertRgbImage(image)
  const size = { width, height, filter }
  if (image.width === width && image.height === height) return image
  if (mode === 'stretch') return yield* resample(image, size)
  if (mode === 'cover') {
    return yield* resample(image, size, centredBox(image, width / height))
  }
  return letterbox(yield* resample(image, { ...containedSize(image, size), filter }), size)
}

interface Size {
  readonly width: number
  readonly height: number
}

/** The largest box of this aspect about the centre. */
function centredBox({ width, height }: Size, aspect: number): Box {
  const isWider = width / height >= aspect
  const boxWidth = isWider ? aspect * height : width
  const boxHeight = isWider ? height : width / aspect
  const left = (width - boxWidth) * 0.5
  const top = (height - boxHeight) * 0.5
  return { left, top, right: left + boxWidth, bottom: top + boxHeight }
}

/** The largest size of the picture's own aspect that fits within. */
function containedSize(image: Size, within: Size): Size {
  const aspect = image.width / image.height
  if (aspect > within.width / within.height) {
    const height = Math.round((image.height / image.width) * within.width)
    return { width: within.width, height: Math.max(1, height) }
  }
  const width = Math.round((image.width / image.height) * within.height)
  return { width: Math.max(1, width), height: within.height }
}

function letterbox(image: RgbImage, { width, height }: Size): RgbImage {
  const data = new Uint8Array(width * height * 3).fill(255)
  const left = (width - image.width) >> 1
  const top = (height - image.height) >> 1
  const stride = image.width * 3
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * stride, (y + 1) * stride)
    data.set(row, ((top + y) * width + left) * 3)
  }
  return { width, height, data }
}
