import { expect, test } from 'vitest'
import { openSession } from '#worker/engine/session.ts'
import type { Weight } from '../checkpoints/weight.ts'
import { weightByRule } from '../goldens/rule.ts'
import { cuda } from '../graph/cuda.ts'
import { Graph, type Precision, type Value } from '../graph/graph.ts'
import { WITHOUT_KERNEL } from '../graph/lowering.case.ts'
import type { Lowering } from '../graph/lowering.ts'
import { toOnnx } from '../graph/onnx.ts'
import { portable } from '../graph/portable.ts'
import { relativeError } from '../graph/tensor.case.ts'
import { openLora } from './lora-file.ts'
import { loraFile } from './lora-files.case.ts'
import { lowRank } from './low-rank.ts'
import type { ChosenLora } from './open-loras.ts'
import type { LoraTarget } from './targets.ts'

const linear: LoraTarget = { network: 'unet', weight: 'q.weight', shape: [6, 4] }
const conv: LoraTarget = { network: 'unet', weight: 'c.weight', shape: [6, 4, 3, 3] }

/** Of rank 2, on both layers. */
async function lora(strength: number, alpha: number): Promise<ChosenLora> {
  const path = await loraFile({
    [`${alpha} q.lora_down.weight`]: [2, 4],
    [`${alpha} q.lora_up.weight`]: [6, 2],
    [`${alpha} q.alpha`]: { shape: [], data: [alpha] },
    [`${alpha} c.lora_down.weight`]: [2, 4, 3, 3],
    [`${alpha} c.lora_up.weight`]: [6, 2, 1, 1],
    [`${alpha} c.alpha`]: { shape: [], data: [alpha] },
  })
  const names = new Map([
    [`${alpha} q`, linear],
    [`${alpha} c`, conv],
  ])
  return { file: await openLora(path, names), strength }
}

/** The weight with what the LoRAs add to it: the reference, which no branch was needed for. */
function merged({ weight, shape }: LoraTarget, loras: readonly (readonly [number, number])[]) {
  const sum = Float64Array.from(weightByRule(weight, shape))
  const inner = sum.length / 6
  for (const [strength, alpha] of loras) {
    const name = `${alpha} ${weight[0]}`
    const down = weightByRule(`${name}.lora_down.weight`, [2, ...shape.slice(1)])
    const up = weightByRule(`${name}.lora_up.weight`, [6, 2])
    for (let i = 0; i < sum.length; i++) {
      const [row, column] = [Math.floor(i / inner), i % inner]
      const product = up[2 * row]! * down[column]! + up[2 * row + 1]! * down[inner + column]!
      sum[i]! += strength * (alpha / 2) * product
    }
  }
  return Float32Array.from(sum)
}

const written = (
  target: LoraTarget,
  loras: readonly ChosenLora[],
  [lowering, precision]: readonly [Lowering, Precision] = [portable, 'float32'],
) => {
  const branches = lowRank(loras, 'unet')
  const graph = new Graph('one layer', branches.words(lowering), precision)
  const isLinear = target.shape.length === 2
  const x = graph.input('x', isLinear ? [1, 5, 4] : [1, 4, 7, 5])
  const weight = graph.parameter(target.weight, target.shape)
  const bias = graph.parameter('bias', [6])
  graph.output(
    'y',
    isLinear ? layer(x, weight, bias) : lowering.leave(layer(image(x), weight, bias)),
  )
  return { graph, branches }
}

const image = (x: Value) => x.graph.lowering.enter(x)

const layer = (x: Value, weight: Value, bias: Value) =>
  weight.shape.length === 2
    ? x.graph.lowering.linear(x, weight, bias)
    : x.graph.lowering.conv2d(x, weight, bias, { stride: 2, pads: [1, 1, 1, 1] })

async function result(
  { graph, branches }: ReturnType<typeof written>,
  values: Float32Array = new Float32Array(),
): Promise<Float32Array> {
  const find = (name: string, shape: readonly number[]): Weight => {
    const data = name === 'bias' || values.length === 0 ? weightByRule(name, shape) : values
    return {
      type: 'F32',
      shape,
      bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    }
  }
  const model = toOnnx(graph, branches.weights(find))
  const options = { device: 'cpu', weights: 'prepared', threads: 1 } as const
  await using session = await openSession<'x', 'y'>(model, options)
  const shape = graph.inputs[0]?.shape.map(Number) ?? []
  return (await session.run({ x: { data: weightByRule('x', shape), shape } })).y
}

test.each([
  ['a linear layer', linear],
  ['a convolution with a stride', conv],
])('branches of %s compute what merged weights would', async (_, target) => {
  const [first, second, third] = [await lora(0.75, 1), await lora(-0.5, 3), await lora(1, 2)]
  const branched = await result(written(target, [first, second, third]))
  const strengthsAndAlphas = [
    [0.75, 1],
    [-0.5, 3],
    [1, 2],
  ] as const
  const expected = await result(written(target, []), merged(target, strengthsAndAlphas))
  expect(relativeError(branched, expected)).toBeLessThan(1e-6)
  expect(relativeError(branched, await result(written(target, [])))).toBeGreaterThan(0.1)
})

test('a middle factor has the kernel, and computes what merged weights would', async () => {
  const shapes = { down: [2, 4, 1, 1], mid: [2, 2, 3, 3], up: [6, 2, 1, 1] } as const
  const tensor = (end: keyof typeof shapes) => `c.lora_${end}.weight`
  const path = await loraFile({
    ...Object.fromEntries(
      Object.entries(shapes).map(([end, shape]) => [`c.lora_${end}.weight`, shape]),
    ),
    'c.alpha': { shape: [], data: [3] },
  })
  const tucker = { file: await openLora(path, new Map([['c', conv]])), strength: 0.5 }
  const [down, mid, up] = [
    weightByRule(tensor('down'), shapes.down),
    weightByRule(tensor('mid'), shapes.mid),
    weightByRule(tensor('up'), shapes.up),
  ]
  // ΔW[o, i, k] = Σ up[o, p] mid[p, q, k] down[q, i], k one of nine places in the kernel.
  const whole = weightByRule(conv.weight, conv.shape).map((value, at) => {
    const [o, i, k] = [Math.floor(at / 36), Math.floor(at / 9) % 4, at % 9]
    let sum = 0
    for (const p of [0, 1]) {
      for (const q of [0, 1]) sum += up[2 * o + p]! * mid[18 * p + 9 * q + k]! * down[4 * q + i]!
    }
    return value + 0.5 * (3 / 2) * sum
  })
  const branched = await result(written(conv, [tucker]))
  expect(relativeError(branched, await result(written(conv, []), whole))).toBeLessThan(1e-6)
  expect(relativeError(branched, await result(written(conv, [])))).toBeGreaterThan(0.05)
})

test('branches are sound in fused operators and half precision too', async () => {
  const loras = [await lora(0.75, 1), await lora(1, 2)]
  const expected = await result(written(linear, loras))
  const fused = await result(written(linear, loras, [cuda, 'float16']))
  expect(relativeError(fused, expected)).toBeLessThan(2e-3)
  // ONNX Runtime looks for kernels, which only CUDA has, once every type and shape has been inferred.
  const convolution = result(written(conv, loras, [cuda, 'float16']))
  await expect(convolution).rejects.toThrow(WITHOUT_KERNEL)
})

test('the matrices are read from the LoRA file itself', async () => {
  const { graph, branches } = written(linear, [await lora(1, 1)])
  const find = branches.weights(() => {
    throw new Error('only branches are asked for')
  })
  for (const end of ['down', 'up']) {
    const name = `lora.0.q.weight.${end}`
    const { bytes } = find(name, graph.parameters.get(name)?.shape ?? [])
    expect(bytes).toMatchObject({ file: expect.stringContaining('made.safetensors') })
  }
})

test('the scale of a linear branch costs no operator, and a strength of zero no branch', async () => {
  const operators = (loras: readonly ChosenLora[]) => written(linear, loras).graph.nodes.length
  const scaled = operators([await lora(1, 1)])
  const whole = operators([await lora(1, 2)])
  const none = operators([await lora(0, 2)])
  expect(scaled).toBe(whole)
  expect(scaled).toBeGreaterThan(none)
  expect(none).toBe(operators([]))
})

test('a network that no LoRA adapts is written as it was', async () => {
  const branches = lowRank([await lora(1, 1)], 'vaeDecoder')
  const graph = new Graph('one layer', branches.words(portable))
  const x = graph.input('x', [1, 5, 4])
  layer(x, graph.parameter(linear.weight, linear.shape), graph.parameter('bias', [6]))
  expect([...graph.parameters.keys()]).toEqual(['q.weight', 'bias'])
})
