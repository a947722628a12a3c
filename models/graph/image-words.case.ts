/** The words on images [batch, channels, height, width], in plain loops: what every lowering must equal. */
import type { Convolution, GroupNorm } from './lowering.ts'
import { at, type Tensor, tensorOf } from './tensor.case.ts'
import { siluOf } from './token-words.case.ts'

export function conv2d(
  x: Tensor,
  [weight, bias]: readonly [Tensor, Tensor],
  { stride, pads }: Convolution,
): Tensor {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape
  const [to = 0, , kernel = 0] = weight.shape
  const [top, left, bottom, right] = pads
  const outHeight = Math.floor((height + top + bottom - kernel) / stride) + 1
  const outWidth = Math.floor((width + left + right - kernel) / stride) + 1
  return tensorOf([batch, to, outHeight, outWidth], (b = 0, o = 0, row = 0, column = 0) => {
    let sum = at(bias, o)
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < kernel; y++) {
        for (let z = 0; z < kernel; z++) {
          const pixel = at(x, b, c, row * stride + y - top, column * stride + z - left)
          sum += pixel * at(weight, o, c, y, z)
        }
      }
    }
    return sum
  })
}

export function groupNorm(
  x: Tensor,
  [scale, shift]: readonly [Tensor, Tensor],
  { groups, epsilon, silu }: GroupNorm,
): Tensor {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape
  const size = (channels / groups) * height * width
  const moments = tensorOf([batch, groups, 2], (b = 0, group = 0, which) => {
    const start = (b * groups + group) * size
    const values = Array.from({ length: size }, (_, i) => x.data[start + i]!)
    const mean = values.reduce((sum, value) => sum + value, 0) / size
    if (which === 0) return mean
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size
  })
  return tensorOf(x.shape, (b = 0, c = 0, row = 0, column = 0) => {
    const group = Math.floor((c * groups) / channels)
    const [mean, variance] = [at(moments, b, group, 0), at(moments, b, group, 1)]
    const normed = (at(x, b, c, row, column) - mean) / Math.sqrt(variance + epsilon)
    const y = normed * at(scale, c) + at(shift, c)
    return silu ? siluOf(y) : y
  })
}

/** v [batch, channels] on every pixel. */
export const addToPixels = (x: Tensor, v: Tensor): Tensor =>
  tensorOf(x.shape, (b = 0, c = 0, row = 0, column = 0) => at(x, b, c, row, column) + at(v, b, c))

export function concat(a: Tensor, b: Tensor): Tensor {
  const [batch = 0, first = 0, height = 0, width = 0] = a.shape
  const shape = [batch, first + (b.shape[1] ?? 0), height, width]
  return tensorOf(shape, (i = 0, c = 0, row = 0, column = 0) =>
    c < first ? at(a, i, c, row, column) : at(b, i, c - first, row, column),
  )
}

/** Each pixel four times; `like` cuts. */
export function upsample(x: Tensor, like?: Tensor): Tensor {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape
  const sides = like ? like.shape.slice(2) : [height * 2, width * 2]
  return tensorOf([batch, channels, ...sides], (b = 0, c = 0, row = 0, column = 0) =>
    at(x, b, c, row >> 1, column >> 1),
  )
}

export function toTokens(x: Tensor): Tensor {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape
  return tensorOf([batch, height * width, channels], (b = 0, token = 0, c = 0) =>
    at(x, b, c, Math.floor(token / width), token % width),
  )
}

export function toPixels(x: Tensor, like: Tensor): Tensor {
  const [batch = 0, , channels = 0] = x.shape
  const [, , height = 0, width = 0] = like.shape
  return tensorOf([batch, channels, height, width], (b = 0, c = 0, row = 0, column = 0) =>
    at(x, b, row * width + column, c),
  )
}
