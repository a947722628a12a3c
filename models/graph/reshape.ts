/** Other sides for the same memory, some of which may be known at run time only. */
import type { Dim, Shape, Value } from './graph.ts'

/**
 * `target` is in the order of memory: sides, at most one of them null, or values that hold several whole
 * sides each. `shape` is the logical shape of what comes out.
 */
export function reshape(x: Value, target: readonly (Dim | Value)[], shape: Shape): Value {
  const { graph } = x
  const isKnown = target.every((side) => typeof side === 'number')
  if (isKnown && target.join() === x.shape.join() && shape.join() === x.shape.join()) return x
  if (target.filter((side) => side === null).length > 1) {
    throw new Error(`[${x.shape}] cannot become [${shape}]: several sides are unknown`)
  }
  const sides = target.every((side) => side === null || typeof side === 'number')
    ? graph.integers(...target.map((side) => side ?? -1))
    : joined(target.map((side) => (isValue(side) ? side : graph.integers(side ?? -1))))
  return graph.node('Reshape', [x, sides], { shape, type: x.type })
}

const isValue = (side: Dim | Value): side is Value => side !== null && typeof side === 'object'

function joined(parts: readonly Value[]): Value {
  const [first] = parts
  if (!first) throw new Error('a shape of no sides')
  if (parts.length === 1) return first
  const length = parts.reduce((all, { shape }) => all + (shape[0] ?? 0), 0)
  return first.graph.node('Concat', parts, {
    shape: [length],
    type: 'int64',
    attributes: { axis: 0 },
  })
}

/** All sides of a value in the order of memory, as one value to ask for. */
export function allSides(x: Value): Value {
  return x.graph.node('Shape', [x], { shape: [x.shape.length], type: 'int64' })
}

/** Height and width of an image whose height is axis `from` in memory: numbers, or one value to ask for. */
export function area(image: Value, from: number): readonly (number | Value)[] {
  const [height = null, width = null] = image.shape.slice(2)
  if (height !== null && width !== null) return [height, width]
  const attributes = { start: from, end: from + 2 }
  return [image.graph.node('Shape', [image], { shape: [2], type: 'int64', attributes })]
}

/** The same as one value. */
export function areaValue(image: Value, from: number): Value {
  const sides = area(image, from)
  const [first] = sides
  if (typeof first === 'object') return first
  return image.graph.integers(...sides.filter((side) => typeof side === 'number'))
}

/** Undefined sides make the whole unknown. */
export const product = (shape: Shape): Dim =>
  shape.reduce<Dim>((all, side) => (all === null || side === null ? null : all * side), 1)
