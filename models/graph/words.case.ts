/** Each word of a lowering on random numbers, beside the reference that it must equal. */
import * as nn from '../layers/layers.ts'
import type { Scope } from '../layers/scope.ts'
import { decoderWords } from './decoder-words.case.ts'
import type { Value } from './graph.ts'
import * as image from './image-words.case.ts'
import { type Tensor, tensorOf } from './tensor.case.ts'
import * as token from './token-words.case.ts'

export interface Word {
  /** Real inputs by name: shapes to be filled at random, or tensors. */
  readonly inputs?: Readonly<Record<string, readonly number[] | Tensor>>
  /** Whole-number inputs, by name. */
  readonly whole?: Readonly<Record<string, { shape: number[]; data: number[] }>>
  readonly write: (at: Scope, input: (name: string) => Value) => Value
  /** From inputs, and from the weights that `write` named. */
  readonly expected: (tensor: (name: string) => Tensor) => Tensor
  /** On a GPU its positions are counted by the CPU, and it has no kernel for single precision. */
  readonly isCached?: boolean
}

export const words: Readonly<Record<string, Word>> = {
  'enter and leave are inverses': onImage(
    [2, 8, 5, 7],
    (_, x) => x,
    (t) => t('x'),
  ),
  ...convolution('conv2d keeps the size', {}, { stride: 1, pads: [1, 1, 1, 1] }),
  ...convolution('conv2d of stride 2', { stride: 2 }, { stride: 2, pads: [1, 1, 1, 1] }),
  ...convolution(
    'conv2d padded right and bottom only',
    { stride: 2, pads: [0, 0, 1, 1] },
    { stride: 2, pads: [0, 0, 1, 1] },
  ),
  ...convolution('conv2d of one pixel', { kernel: 1 }, { stride: 1, pads: [0, 0, 0, 0] }),
  ...normalisation('groupNorm', { groups: 32, epsilon: 1e-5, silu: false }),
  ...normalisation('groupNorm, then SiLU', { groups: 32, epsilon: 1e-5, silu: true }),
  ...normalisation('groupNorm of a large epsilon', { groups: 16, epsilon: 0.5, silu: false }),
  'silu of an image': onImage(
    [2, 8, 5, 7],
    (_, x) => nn.silu(x),
    (t) => token.each(t('x'), token.siluOf),
  ),
  'add of images': {
    inputs: { a: [2, 8, 5, 7], b: [2, 8, 5, 7] },
    write: (at, input) => leave(nn.add(enter(at, input('a')), enter(at, input('b')))),
    expected: (t) => token.add(t('a'), t('b')),
  },
  addToPixels: {
    inputs: { x: [2, 8, 5, 7], v: [2, 8] },
    write: (at, input) => {
      const { lowering } = at.graph
      return leave(lowering.addToPixels(enter(at, input('x')), input('v')))
    },
    expected: (t) => image.addToPixels(t('x'), t('v')),
  },
  concat: {
    inputs: { a: [2, 8, 5, 7], b: [2, 24, 5, 7] },
    write: (at, input) => leave(nn.concat(enter(at, input('a')), enter(at, input('b')))),
    expected: (t) => image.concat(t('a'), t('b')),
  },
  upsample: onImage(
    [2, 8, 3, 4],
    (at, x) => at.graph.lowering.upsample(x),
    (t) => image.upsample(t('x')),
  ),
  'upsample to odd sides': upsampling([2, 16, 5, 7]),
  'upsample to an odd width': upsampling([2, 16, 6, 7]),
  'upsample to even sides': upsampling([2, 16, 6, 8]),
  toTokens: {
    inputs: { x: [2, 8, 5, 7] },
    write: (at, input) => at.graph.lowering.toTokens(enter(at, input('x'))),
    expected: (t) => image.toTokens(t('x')),
  },
  toPixels: {
    inputs: { x: [2, 35, 8], like: [2, 16, 5, 7] },
    write: (at, input) => {
      const { lowering } = at.graph
      return leave(lowering.toPixels(input('x'), enter(at, input('like'))))
    },
    expected: (t) => image.toPixels(t('x'), t('like')),
  },
  'toPixels undoes toTokens': onImage(
    [2, 8, 5, 7],
    (at, x) => at.graph.lowering.toPixels(at.graph.lowering.toTokens(x), x),
    (t) => t('x'),
  ),

  linear: onTokens(
    [2, 7, 24],
    (at, x) => nn.linear(at, x, 40),
    (t) => token.linear(t('x'), t('weight'), t('bias')),
  ),
  'linear without a bias': onTokens(
    [2, 7, 24],
    (at, x) => nn.linear(at, x, 40, { bias: false }),
    (t) => token.linear(t('x'), t('weight')),
  ),
  'linear of a scale': onTokens(
    [2, 6, 24],
    (at, x) => {
      const [weight, bias] = [at.weight('weight', 40, 24), at.weight('bias', 40)]
      return at.graph.lowering.linear(x, weight, bias, { scale: -0.75 })
    },
    (t) => {
      const scaled = token.each(t('x'), (value) => -0.75 * value)
      return token.linear(scaled, t('weight'), t('bias'))
    },
  ),
  'linear of a single row': onTokens(
    [1, 24],
    (at, x) => nn.linear(at, x, 40),
    (t) => token.linear(t('x'), t('weight'), t('bias')),
  ),
  layerNorm: onTokens(
    [2, 7, 24],
    (at, x) => nn.layerNorm(at, x, 1e-5),
    (t) => token.layerNorm(t('x'), [t('weight'), t('bias')], { epsilon: 1e-5 }),
  ),
  'layerNorm of a large epsilon': onTokens(
    [2, 7, 24],
    (at, x) => nn.layerNorm(at, x, 0.5),
    (t) => token.layerNorm(t('x'), [t('weight'), t('bias')], { epsilon: 0.5 }),
  ),
  attention: attending({ heads: 4 }),
  'attention of one head': attending({ heads: 1 }),
  'attention with a bias on its scores': attending({ heads: 4, biased: true }),
  'add of tokens': {
    inputs: { a: [2, 7, 24], b: [2, 7, 24] },
    write: (_, input) => nn.add(input('a'), input('b')),
    expected: (t) => token.add(t('a'), t('b')),
  },
  silu: activation('silu', token.siluOf),
  gelu: activation('gelu', token.geluOf),
  quickGelu: activation('quickGelu', token.quickGeluOf),
  // The narrowest that a fused operator is built for (ONNX Runtime's BiasSplitGelu).
  geglu: onTokens(
    [2, 3, 2560],
    (at, x) => at.graph.lowering.geglu(x),
    (t) => token.geglu(t('x')),
  ),
  embed: {
    whole: { ids: { shape: [1, 6], data: [0, 30, 2, 2, 17, 5] } },
    write: (at, input) => nn.embedding(at, input('ids'), [31, 24]),
    expected: (t) => token.embed(t('weight'), t('ids')),
  },
  tokenAt: {
    inputs: { x: [2, 7, 24] },
    whole: { position: { shape: [1], data: [5] } },
    write: (at, input) => at.graph.lowering.tokenAt(input('x'), input('position')),
    expected: (t) => token.tokenAt(t('x'), 5),
  },
  ...decoderWords,
}

function onImage(
  shape: readonly number[],
  write: (at: Scope, x: Value) => Value,
  expected: Word['expected'],
): Word {
  const inner: Word['write'] = (at, input) => leave(write(at, enter(at, input('x'))))
  return { inputs: { x: shape }, write: inner, expected }
}

function onTokens(
  shape: readonly number[],
  write: (at: Scope, x: Value) => Value,
  expected: Word['expected'],
): Word {
  return { inputs: { x: shape }, write: (at, input) => write(at, input('x')), expected }
}

/** On sides even and odd. */
function convolution(
  name: string,
  asked: Parameters<typeof nn.conv2d>[3],
  meant: Parameters<typeof image.conv2d>[2],
): Record<string, Word> {
  const on = (shape: readonly number[]) =>
    onImage(
      shape,
      (at, x) => nn.conv2d(at, x, 24, asked),
      (t) => image.conv2d(t('x'), [t('weight'), t('bias')], meant),
    )
  return { [`${name}, sides even`]: on([2, 16, 6, 8]), [`${name}, sides odd`]: on([1, 16, 5, 7]) }
}

/** At the narrowest width of SDXL's UNet. */
function normalisation(name: string, options: Parameters<typeof image.groupNorm>[2]) {
  const word = onImage(
    [2, 320, 3, 5],
    (at, x) => nn.groupNorm(at, x, options),
    (t) => image.groupNorm(t('x'), [t('weight'), t('bias')], options),
  )
  return { [name]: word }
}

function upsampling(like: readonly number[]): Word {
  return {
    inputs: { x: [2, 8, 3, 4], like },
    write: (at, input) => {
      const { lowering } = at.graph
      return leave(lowering.upsample(enter(at, input('x')), enter(at, input('like'))))
    },
    expected: (t) => image.upsample(t('x'), t('like')),
  }
}

/** Six queries over nine keys, 32 wide. */
function attending({ heads, biased = false }: { heads: number; biased?: boolean }): Word {
  const bias = { bias: causal(6, 9) }
  return {
    inputs: { q: [2, 6, 32], k: [2, 9, 32], v: [2, 9, 32], ...(biased && bias) },
    write: (at, input) =>
      at.graph.lowering.attention(input('q'), input('k'), input('v'), {
        heads,
        ...(biased && { scoreBias: input('bias') }),
      }),
    expected: (t) =>
      token.attention([t('q'), t('k'), t('v')], { heads, ...(biased && { scoreBias: t('bias') }) }),
  }
}

/** Hides later keys from a query, and favours nearer ones. */
function causal(queries: number, keys: number): Tensor {
  return tensorOf([1, 1, queries, keys], (_, __, query = 0, key = 0) =>
    key > query + 3 ? Number.NEGATIVE_INFINITY : (key - query) / 4,
  )
}

function activation(name: 'silu' | 'gelu' | 'quickGelu', of: (x: number) => number): Word {
  return onTokens(
    [2, 7, 24],
    (at, x) => at.graph.lowering[name](x),
    (t) => token.each(t('x'), of),
  )
}

const enter = (at: Scope, value: Value): Value => at.graph.lowering.enter(value)
const leave = (value: Value): Value => value.graph.lowering.leave(value)
