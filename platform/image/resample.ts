/**
 * Resampling, bit for bit as Pillow does it, because diffusers and transformers resize with Pillow.
 *
 * Two passes, horizontal first, 8 bits between them, weights in fixed point (Pillow 12's
 * src/libImaging/Resample.c; Pillow 13 sometimes goes vertical first, which moves bytes by one).
 * libvips is no substitute: its enlarging is bicubic, 40 dB from this.
 */

import type { RgbImage } from '#contract'
import { type Filter, filters } from './filters.ts'

/** A part of a picture in its pixels, fractions allowed; right and bottom are exclusive. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

interface Size {
  readonly width: number
  readonly height: number
}

/**
 * Resamples `box` of the picture, by default the whole, to a size, in steps of some milliseconds: whoever has others to
 * answer does so between them.
 */
export function* resample(
  image: RgbImage,
  { width, height, filter }: Size & { readonly filter: Filter },
  box = wholeOf(image),
): Generator<undefined, RgbImage> {
  const columns = weigh(image.width, { from: box.left, to: box.right, count: width, filter })
  const rows = weigh(image.height, { from: box.top, to: box.bottom, count: height, filter })
  const across = columns === undefined ? image : yield* resampleRows(image, columns)
  return rows === undefined ? across : yield* resampleColumns(across, rows)
}

function wholeOf({ width, height }: RgbImage): Box {
  return { left: 0, top: 0, right: width, bottom: height }
}

/** Which source pixels make each output pixel of one axis, and how much of each. */
interface Weights {
  /** First source pixel of each output pixel: [count]. */
  readonly starts: Int32Array
  /** Source pixels of each output pixel: [count]. */
  readonly lengths: Int32Array
  /** Fixed point, 1 = 2^22: [count, taps]. */
  readonly values: Int32Array
  readonly count: number
  readonly taps: number
}

interface Span {
  readonly from: number
  readonly to: number
  readonly count: number
  readonly filter: Filter
}

/** Bits of the fixed point: 32, less 8 of the pixel and 2 for the overshoot. */
const PRECISION = 22
const ROUNDING = 1 << (PRECISION - 1)

/** The weights of one axis, or undefined where it stays as it is. */
function weigh(size: number, span: Span): Weights | undefined {
  // Pillow keeps the box in 32-bit floats.
  const from = Math.fround(span.from)
  const to = Math.fround(span.to)
  const { count } = span
  const { reach, weightAt } = filters[span.filter]
  if (count === size && from === 0 && to === size) return undefined

  const scale = Math.fround(to - from) / count
  // When shrinking, the filter widens to cover every source pixel.
  const stretch = Math.max(scale, 1)
  const support = reach * stretch
  const taps = Math.ceil(support) * 2 + 1
  const starts = new Int32Array(count)
  const lengths = new Int32Array(count)
  const values = new Int32Array(count * taps)
  const exact = new Float64Array(taps)

  for (let index = 0; index < count; index++) {
    const center = from + (index + 0.5) * scale
    const start = Math.max(0, Math.trunc(center - support + 0.5))
    const length = Math.min(size, Math.trunc(center + support + 0.5)) - start
    let sum = 0
    for (let tap = 0; tap < length; tap++) {
      const weight = weightAt((tap + start - center + 0.5) * (1 / stretch))
      exact[tap] = weight
      sum += weight
    }
    for (let tap = 0; tap < length; tap++) {
      const weight = sum === 0 ? exact[tap]! : exact[tap]! * (1 / sum)
      values[index * taps + tap] = toFixedPoint(weight)
    }
    starts[index] = start
    lengths[index] = length
  }
  return { starts, lengths, values, count, taps }
}

function toFixedPoint(weight: number): number {
  return Math.trunc(weight * (1 << PRECISION) + (weight < 0 ? -0.5 : 0.5))
}

function* resampleRows(image: RgbImage, weights: Weights): Generator<undefined, RgbImage> {
  const { height } = image
  const { count } = weights
  // Clamps to 0…255 on assignment.
  const result = new Uint8ClampedArray(count * height * 3)
  for (const some of bands(height, weights.taps * count)) {
    rowsOf(image, { weights, result, ...some })
    yield
  }
  return { width: count, height, data: new Uint8Array(result.buffer) }
}

function* resampleColumns(image: RgbImage, weights: Weights): Generator<undefined, RgbImage> {
  const { width } = image
  const { count } = weights
  const result = new Uint8ClampedArray(count * width * 3)
  for (const some of bands(count, weights.taps * width)) {
    columnsOf(image, { weights, result, ...some })
    yield
  }
  return { width, height: count, data: new Uint8Array(result.buffer) }
}

/** Some rows of the result. */
interface Band {
  readonly first: number
  /** Exclusive. */
  readonly last: number
}

/** Weighted pixels in a step: 2 ms of this. */
const STEP_PIXELS = 500_000

/** All rows, so many at a time that a step is no longer than another. */
function bands(rows: number, pixelsEach: number): Band[] {
  const each = Math.max(1, Math.floor(STEP_PIXELS / pixelsEach))
  return Array.from({ length: Math.ceil(rows / each) }, (_, i) => ({
    first: i * each,
    last: Math.min(rows, (i + 1) * each),
  }))
}

interface Pass extends Band {
  readonly weights: Weights
  readonly result: Uint8ClampedArray
}

function rowsOf({ width, data }: RgbImage, { weights, result, first: top, last: bottom }: Pass) {
  const { starts, lengths, values, count, taps } = weights
  for (let y = top, to = top * count * 3; y < bottom; y++) {
    const row = y * width * 3
    for (let x = 0; x < count; x++, to += 3) {
      let red = ROUNDING
      let green = ROUNDING
      let blue = ROUNDING
      let from = row + starts[x]! * 3
      const first = x * taps
      const last = first + lengths[x]!
      for (let tap = first; tap < last; tap++, from += 3) {
        const weight = values[tap]!
        red += data[from]! * weight
        green += data[from + 1]! * weight
        blue += data[from + 2]! * weight
      }
      result[to] = red >> PRECISION
      result[to + 1] = green >> PRECISION
      result[to + 2] = blue >> PRECISION
    }
  }
}

function columnsOf({ width, data }: RgbImage, { weights, result, first, last }: Pass) {
  const { starts, lengths, values, taps } = weights
  const stride = width * 3
  // A whole row is summed at a time, so that memory is read in order.
  const sums = new Int32Array(stride)
  for (let y = first; y < last; y++) {
    sums.fill(ROUNDING)
    for (let tap = 0; tap < lengths[y]!; tap++) {
      const weight = values[y * taps + tap]!
      const row = (starts[y]! + tap) * stride
      for (let at = 0; at < stride; at++) {
        sums[at] = sums[at]! + Math.imul(data[row + at]!, weight)
      }
    }
    for (let at = 0; at < stride; at++) result[y * stride + at] = sums[at]! >> PRECISION
  }
}
