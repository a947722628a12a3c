import { expect, test } from 'vitest'
import { openSession } from '#worker/engine/session.ts'
import type { Weight } from '../checkpoints/weight.ts'
import { weightByRule } from '../goldens/rule.ts'
import { cuda } from '../graph/cuda.ts'
import { Graph, type Precision } from '../graph/graph.ts'
import type { Lowering } from '../graph/lowering.ts'
import { toOnnx } from '../graph/onnx.ts'
import { portable } from '../graph/portable.ts'
import { relativeError } from '../graph/tensor.case.ts'
import { openLora } from './lora-file.ts'
import { loraFile, type MadeTensor } from './lora-files.case.ts'
import { lowRank } from './low-rank.ts'
import type { ChosenLora } from './open-loras.ts'
import type { LoraTarget } from './targets.ts'

const linear: LoraTarget = { network: 'unet', weight: 'q.weight', shape: [6, 4] }
const conv: LoraTarget = { network: 'unet', weight: 'c.weight', shape: [6, 4, 3, 3] }
const names = new Map([
  ['q', linear],
  ['c', conv],
])

type Shapes = Readonly<Record<string, readonly number[]>>

const alpha = (value: number): MadeTensor => ({ shape: [], data: [value] })

/** A LoRA of these tensors of one module, and an alpha. */
async function lora(module: string, shapes: Shapes, { of = 3, strength = 1 } = {}) {
  const tensors = Object.entries(shapes).map(([end, shape]) => [`${module}.${end}`, shape])
  const path = await loraFile({ ...Object.fromEntries(tensors), [`${module}.alpha`]: alpha(of) })
  return { file: await openLora(path, names), strength }
}

/** The network of one layer: what it makes of one input. */
async function run(
  { weight, shape }: LoraTarget,
  loras: readonly ChosenLora[],
  values: Float32Array = weightByRule(weight, shape),
  [lowering, precision]: readonly [Lowering, Precision] = [portable, 'float32'],
): Promise<Float32Array> {
  const branches = lowRank(loras, 'unet')
  const graph = new Graph('one layer', branches.words(lowering), precision)
  const isLinear = shape.length === 2
  const x = graph.input('x', isLinear ? [1, 5, 4] : [1, 4, 7, 5])
  const [matrix, bias] = [graph.parameter(weight, shape), graph.parameter('bias', [6])]
  const words = graph.lowering
  graph.output(
    'y',
    isLinear
      ? words.linear(x, matrix, bias)
      : words.conv2d(x, matrix, bias, { stride: 2, pads: [1, 1, 1, 1] }),
  )
  const find = (name: string, wanted: readonly number[]): Weight => {
    const data = name === 'bias' ? weightByRule(name, wanted) : values
    return { type: 'F32', shape: wanted, bytes: new Uint8Array(data.buffer) }
  }
  const model = toOnnx(graph, branches.weights(find))
  const options = { device: 'cpu', weights: 'prepared', threads: 1 } as const
  await using session = await openSession<'x', 'y'>(model, options)
  const sides = graph.inputs[0]?.shape.map(Number) ?? []
  return (await session.run({ x: { data: weightByRule('x', sides), shape: sides } })).y
}

/** Row r, column c of a matrix of the file, or of a product of two. */
function at(module: string, name: string, shapes: Shapes): (r: number, c: number) => number {
  const whole = shapes[name]
  if (whole) {
    const columns = whole.slice(1).reduce((all, side) => all * side, 1)
    const values = weightByRule(`${module}.${name}`, whole)
    return (r, c) => values[r * columns + c] ?? Number.NaN
  }
  const [a, b] = [at(module, `${name}_a`, shapes), at(module, `${name}_b`, shapes)]
  const inner = shapes[`${name}_b`]?.[0] ?? 0
  return (r, c) =>
    Array.from({ length: inner }, (_, k) => a(r, k) * b(k, c)).reduce((x, y) => x + y)
}

/** W + scale · ΔW by the formulas of LyCORIS's paper, number by number. */
function merged({ weight, shape }: LoraTarget, module: string, shapes: Shapes, scale: number) {
  const columns = shape.slice(1).reduce((all, side) => all * side, 1)
  const difference = formula(module, shapes, columns)
  return weightByRule(weight, shape).map(
    (value, i) => value + scale * difference(Math.floor(i / columns), i % columns),
  )
}

function formula(module: string, shapes: Shapes, columns: number): ReturnType<typeof at> {
  if ('diff' in shapes) return at(module, 'diff', shapes)
  if ('hada_w1_a' in shapes) {
    const [first, second] = [at(module, 'hada_w1', shapes), at(module, 'hada_w2', shapes)]
    return (row, column) => first(row, column) * second(row, column)
  }
  const [left, right] = [at(module, 'lokr_w1', shapes), at(module, 'lokr_w2', shapes)]
  // Of the second; the first has two columns in all of the cases.
  const [c, d] = [6 / (shapes.lokr_w1?.[0] ?? shapes.lokr_w1_a?.[0] ?? 0), columns / 2]
  return (row, column) =>
    left(Math.floor(row / c), Math.floor(column / d)) * right(row % c, column % d)
}

const loha = { hada_w1_a: [6, 2], hada_w1_b: [2, 4], hada_w2_a: [6, 2], hada_w2_b: [2, 4] }
const wide = { ...loha, hada_w1_b: [2, 36], hada_w2_b: [2, 36] }

// The scale is alpha by rank; by nothing where no factor was narrowed.
test.each<[string, LoraTarget, Shapes, number]>([
  ['LoHa of a linear layer', linear, loha, 3 / 2],
  ['LoHa of a convolution', conv, wide, 3 / 2],
  ['LoKr of a linear layer', linear, { lokr_w1: [3, 2], lokr_w2: [2, 2] }, 1],
  ['LoKr of a convolution', conv, { lokr_w1: [3, 2], lokr_w2: [2, 2, 3, 3] }, 1],
  [
    'LoKr with its second narrowed',
    conv,
    { lokr_w1: [2, 2], lokr_w2_a: [3, 5], lokr_w2_b: [5, 18] },
    3 / 5,
  ],
  [
    'LoKr with both narrowed',
    linear,
    { lokr_w1_a: [3, 1], lokr_w1_b: [1, 2], lokr_w2_a: [2, 1], lokr_w2_b: [1, 2] },
    3,
  ],
  ['a whole difference', linear, { diff: [6, 4] }, 1],
  ['a whole difference of a convolution', conv, { diff: [6, 4, 3, 3] }, 1],
])('%s computes what merged weights would', async (_, target, shapes, scale) => {
  const module = target === linear ? 'q' : 'c'
  const adapted = await run(target, [await lora(module, shapes, { strength: -0.5 })])
  const expected = await run(target, [], merged(target, module, shapes, -0.5 * scale))
  expect(relativeError(adapted, expected)).toBeLessThan(1e-6)
  expect(relativeError(adapted, await run(target, []))).toBeGreaterThan(0.05)
})

test('differences add to each other and to plain LoRAs, and those of strength 0 to nothing', async () => {
  const plain = await lora('q', { 'lora_down.weight': [2, 4], 'lora_up.weight': [6, 2] })
  const [first, second] = [await lora('q', loha), await lora('q', { diff: [6, 4] })]
  const none = await run(linear, [])
  const change = async (...loras: ChosenLora[]) =>
    (await run(linear, loras)).map((value, i) => value - (none[i] ?? 0))
  const [a, b, c] = [await change(plain), await change(first), await change(second)]
  const sum = a.map((value, i) => value + (b[i] ?? 0) + (c[i] ?? 0))
  const off = { ...second, strength: 0 }
  expect(relativeError(await change(plain, first, second, off), sum)).toBeLessThan(1e-5)
})

test('differences are sound in fused operators and half precision too', async () => {
  const loras = [await lora('q', { lokr_w1: [3, 2], lokr_w2: [2, 2] }), await lora('q', loha)]
  const values = weightByRule(linear.weight, linear.shape)
  const fused = await run(linear, loras, values, [cuda, 'float16'])
  expect(relativeError(fused, await run(linear, loras))).toBeLessThan(2e-3)
})

test.each<[string, Shapes]>([
  ['a part missing', { hada_w1_a: [6, 2], hada_w1_b: [2, 4], hada_w2_a: [6, 2] }],
  ['factors of another size', { lokr_w1: [3, 2], lokr_w2: [2, 3] }],
  ['two kinds at once', { ...loha, diff: [6, 4] }],
  [
    'a pair and a difference',
    { 'lora_down.weight': [2, 4], 'lora_up.weight': [6, 2], diff: [6, 4] },
  ],
  ['no rank', { ...loha, hada_w1_a: [6, 0], hada_w1_b: [0, 4] }],
])('a module with %s does not fit, and says so', async (_, shapes) => {
  await expect(lora('q', shapes)).rejects.toThrow(/0 of its \d keys fit, q\./)
})
