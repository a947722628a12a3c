/** Nearest-neighbour doubling of an image, however its sides lie in memory. */
import type { Value } from './graph.ts'
import { areaValue } from './reshape.ts'

/** Which axis of memory is the image's height; its width is the next. */
export interface ImageLayout {
  readonly height: 1 | 2
}

/** Each pixel four times; cut to the height and width of `like` where those are odd, or not known yet. */
export function doubled(x: Value, like: Value | undefined, { height }: ImageLayout): Value {
  const { graph } = x
  const [batch = null, channels = null, ...sides] = x.shape
  const shape = [batch, channels, ...sides.map((side) => side && side * 2)]
  const scales = height === 2 ? [1, 1, 2, 2] : [1, 2, 2, 1]
  const whole = graph.node('Resize', [x, null, graph.numbers(scales, [4], 'float32')], {
    shape,
    attributes: {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    },
  })
  const wanted = like?.shape.slice(2)
  if (!like || !wanted) return whole
  if (!wanted.includes(null) && shape.slice(2).join() === wanted.join()) return whole
  const [start, end] = [graph.integers(0, 0), areaValue(like, height)]
  const inputs = [whole, start, end, graph.integers(height, height + 1)]
  return graph.node('Slice', inputs, { shape: [batch, channels, ...wanted] })
}
