/**
 * Fusions across words for CUDA: biases and residuals go into the norm that follows them, so that almost no
 * addition is left alone. Each is one pass over memory less.
 */
import type { Node, Value } from './graph.ts'
import type { Neighbours, Rewrite } from './rewrite.ts'

/** reshape(x + bias) is reshape(x) + bias where the last side stays: the bias comes to where it can be taken in. */
const biasThroughReshape: Rewrite = (node, graph) => {
  if (node.operator !== 'Reshape') return undefined
  const [from] = node.inputs
  const biased = addedBias(from, graph)
  const [out] = node.outputs
  if (!biased || !from || lastSide(out) !== lastSide(from)) return undefined
  const moved = { ...biased.x, name: `${biased.x.name} reshaped`, shape: out.shape }
  return {
    remove: [biased.add, node],
    at: node,
    insert: [
      { ...node, inputs: [biased.x, ...node.inputs.slice(1)], outputs: [moved] },
      { ...biased.add, inputs: [moved, biased.bias], outputs: [out] },
    ],
  }
}

/** GELU gating takes the bias of the layer before it. */
const biasIntoSplitGelu: Rewrite = (node, graph) => {
  if (node.operator !== 'BiasSplitGelu') return undefined
  const biased = addedBias(node.inputs[0], graph)
  if (!biased) return undefined
  const insert = [{ ...node, inputs: [biased.x, biased.bias] }]
  return { remove: [biased.add, node], at: node, insert }
}

/** norm(x + skip), and x + skip itself where it is read again. */
const residualIntoNorm: Rewrite = (node, graph) => {
  const operator = withSkip[node.operator]
  const [sum, scale, shift] = node.inputs
  const add = graph.producer(sum)
  if (!operator || !sum || !scale || add?.operator !== 'Add') return undefined
  const parts = residual(add, node.operator === 'GroupNorm', graph)
  if (!parts) return undefined
  const { x, skip, bias, removed } = parts
  const isImage = node.operator === 'GroupNorm'
  // An RMS norm has no shift.
  const scaling = shift ? [scale, shift] : [scale]
  const order = isImage ? [x, ...scaling, skip] : [x, skip, ...scaling]
  const kept = graph.isOnlyRead(sum) ? [] : isImage ? [sum] : [null, null, sum]
  const { axis: _, stash_type: __, ...attributes } = node.attributes
  const insert: Node = {
    operator,
    domain: 'com.microsoft',
    inputs: bias ? [...order, bias] : order,
    outputs: [node.outputs[0], ...kept],
    attributes,
  }
  return { remove: [...removed, add, node], at: add, insert: [insert] }
}

const withSkip: Readonly<Record<string, string>> = {
  LayerNormalization: 'SkipLayerNormalization',
  SimplifiedLayerNormalization: 'SkipSimplifiedLayerNormalization',
  GroupNorm: 'SkipGroupNorm',
}

/** What is left of biases after convolutions goes into them: one launch less. */
const biasIntoConvolution: Rewrite = (node, graph) => {
  const biased = node.operator === 'Add' ? split(node, graph) : undefined
  const conv = graph.producer(biased?.x)
  if (!biased || conv?.operator !== 'Conv' || !graph.isOnlyRead(biased.x)) return undefined
  const insert = [{ ...conv, inputs: [...conv.inputs, biased.bias], outputs: node.outputs }]
  return { remove: [conv, node], at: node, insert }
}

export const cudaRewrites: readonly Rewrite[] = [
  biasThroughReshape,
  biasIntoSplitGelu,
  residualIntoNorm,
  biasIntoConvolution,
]

interface Biased {
  readonly add: Node
  readonly x: Value
  readonly bias: Value
}

/** `value` is x + bias, and nothing else reads it. */
function addedBias(value: Value | null | undefined, graph: Neighbours): Biased | undefined {
  const add = graph.producer(value)
  if (!value || add?.operator !== 'Add' || !graph.isOnlyRead(value)) return undefined
  return split(add, graph)
}

/** An addition of a vector of the checkpoint to the last side. */
function split(add: Node, graph: Neighbours): Biased | undefined {
  const [x, bias] = add.inputs
  if (!x || !bias || bias.shape.length !== 1 || !graph.isParameter(bias)) return undefined
  return { add, x, bias }
}

interface Residual {
  readonly x: Value
  readonly skip: Value
  readonly bias: Value | undefined
  readonly removed: readonly Node[]
}

/** The two sides of an addition, with the bias of one of them taken off; `isImage` may have one pixel for all. */
function residual(add: Node, isImage: boolean, graph: Neighbours): Residual | undefined {
  const [a, b] = add.inputs
  if (!a || !b || graph.isParameter(b)) return undefined
  const isSame = a.shape.join() === b.shape.join()
  const isPixel = isImage && b.shape.slice(2).join() === '1,1'
  if (!isSame && !isPixel) return undefined
  const [left, right] = [addedBias(a, graph), isSame ? addedBias(b, graph) : undefined]
  if (right) return { x: right.x, skip: a, bias: right.bias, removed: [right.add] }
  if (left) return { x: left.x, skip: b, bias: left.bias, removed: [left.add] }
  return { x: a, skip: b, bias: undefined, removed: [] }
}

/** In memory, where an image's channels are last. */
const lastSide = ({ shape }: Value) => (shape.length === 4 ? shape[1] : shape.at(-1))
