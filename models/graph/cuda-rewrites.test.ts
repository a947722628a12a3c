import { expect, test } from 'vitest'
import { openSession } from '#worker/engine/session.ts'
import * as nn from '../layers/layers.ts'
import { type Scope, scopeOf } from '../layers/scope.ts'
import { clipText } from '../networks/clip-text.ts'
import { cuda } from './cuda.ts'
import { Graph, type Node, type Value } from './graph.ts'
import type { Lowering } from './lowering.ts'
import { toOnnx } from './onnx.ts'
import { prune } from './prune.ts'
import { bytesOf, randomWeight, relativeError } from './tensor.case.ts'

const plain: Lowering = { ...cuda, rewrites: [] }

const config = {
  vocabulary: 50,
  context: 7,
  width: 64,
  hidden: 96,
  layers: 3,
  heads: 2,
  activation: 'gelu',
  epsilon: 1e-5,
  projection: 32,
  endOfText: null,
} as const

test('residuals and biases in the norms of a text encoder leave its states as they were', async () => {
  const [fused, apart] = [await encode(cuda), await encode(plain)]
  expect(relativeError(fused.hidden, [...apart.hidden])).toBeLessThan(1e-5)
  expect(relativeError(fused.pooled, [...apart.pooled])).toBeLessThan(1e-5)
  const count = (lowering: Lowering, operator: string) =>
    prune(encoder(lowering)).nodes.filter((node) => node.operator === operator).length
  // Two norms a layer and a last one, all but the first behind a residual.
  expect(count(plain, 'LayerNormalization')).toBe(7)
  expect(count(cuda, 'LayerNormalization')).toBe(1)
  expect(count(cuda, 'SkipLayerNormalization')).toBe(6)
})

test("a resnet's timestep and convolution bias go into its second norm", () => {
  const [norm] = fusedInto('SkipGroupNorm', (at, x, t) => {
    const h = x.graph.lowering.addToPixels(nn.conv2d(at.at('conv'), x, 32), t)
    return nn.groupNorm(at.at('norm'), h, { silu: true })
  })
  expect(namesOf(norm?.inputs)).toEqual([
    expect.stringMatching(/^Conv/),
    'norm.weight as float32',
    'norm.bias as float32',
    expect.stringMatching(/^Reshape/),
    'conv.bias',
  ])
  expect(norm?.outputs).toHaveLength(1)
})

test('a residual that is read again comes out of the norm beside what is normalised', () => {
  const nodes = fusedInto('SkipGroupNorm', (at, x) => {
    const sum = nn.add(x, nn.conv2d(at.at('conv'), x, 32))
    return nn.add(sum, nn.groupNorm(at.at('norm'), sum))
  })
  expect(nodes).toHaveLength(1)
  expect(nodes[0]?.outputs).toHaveLength(2)
})

test('the bias of a projection crosses the step from tokens to pixels', () => {
  const [norm] = fusedInto('SkipGroupNorm', (at, x) => {
    const { lowering } = x.graph
    const out = lowering.toPixels(nn.linear(at.at('proj_out'), lowering.toTokens(x), 32), x)
    return nn.groupNorm(at.at('norm'), nn.add(x, out))
  })
  expect(namesOf(norm?.inputs)).toContain('proj_out.bias')
})

test('a bias that no norm follows goes into its convolution', () => {
  const [conv] = fusedInto('Conv', (at, x) => nn.conv2d(at.at('conv'), x, 32))
  expect(namesOf(conv?.inputs).slice(1)).toEqual(['conv.weight', 'conv.bias'])
})

test('a bias whose sum is read twice stays where it is', () => {
  const [conv] = fusedInto('Conv', (at, x) => {
    const h = nn.conv2d(at.at('conv'), x, 32)
    return nn.add(h, nn.groupNorm(at.at('norm'), h))
  })
  // Into the convolution itself, of which both readers then read the whole.
  expect(namesOf(conv?.inputs)).toContain('conv.bias')
})

/** The nodes of one operator in a small graph of an image of 32 channels and a vector as wide. */
function fusedInto(
  operator: string,
  write: (at: Scope, x: Value, vector: Value) => Value,
): readonly Node[] {
  const graph = new Graph('pattern', cuda, 'float16')
  const x = graph.lowering.enter(graph.input('x', [1, 32, 8, 8]))
  const y = write(scopeOf(graph), x, graph.input('vector', [1, 32]))
  graph.output('y', graph.lowering.leave(y))
  return prune(graph).nodes.filter((node) => node.operator === operator)
}

const namesOf = (values: readonly (Value | null)[] = []) => values.map((value) => value?.name)

function encoder(lowering: Lowering): Graph {
  const graph = new Graph('encoder', lowering)
  clipText(graph, config)
  return graph
}

async function encode(lowering: Lowering) {
  const model = toOnnx(encoder(lowering), (name, shape) => ({
    type: 'F32',
    shape,
    bytes: bytesOf(randomWeight(name, shape), 'float32'),
  }))
  await using session = await openSession<string, 'hidden' | 'pooled'>(model, {
    device: 'cpu',
    weights: 'prepared',
    threads: 1,
  })
  const { context } = config
  return await session.run({
    ids: { data: BigInt64Array.from([3, 9, 4, 1, 7, 49, 0], BigInt), shape: [1, context] },
    mask: { data: new Float32Array(context * context), shape: [1, 1, context, context] },
    endOfText: { data: BigInt64Array.of(5n), shape: [1] },
  })
}
