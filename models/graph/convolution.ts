/** A convolution's attributes and the shape of what it makes, alike in every layout. */
import type { Dim, Shape, Value } from './graph.ts'
import type { Convolution } from './lowering.ts'

/** `weight` is [out, in, kernel, kernel], as torch keeps it. */
export function convolution(
  x: Value,
  weight: Value,
  { stride, pads }: Convolution,
): { readonly shape: Shape; readonly attributes: Readonly<Record<string, readonly number[]>> } {
  const [to = null, , ...kernel] = weight.shape.map((side) => side ?? 1)
  const [batch = null, , height = null, width = null] = x.shape
  const [top, left, bottom, right] = pads
  const side = (n: Dim, padding: number, reach = 1) =>
    n === null ? null : Math.floor((n + padding - reach) / stride) + 1
  return {
    shape: [batch, to, side(height, top + bottom, kernel[0]), side(width, left + right, kernel[1])],
    attributes: { strides: [stride, stride], pads, kernel_shape: kernel },
  }
}
