/**
 * LoRAs as branches of a graph: y = W x + Σ strength · (alpha / rank) · up (down x). Nothing is merged: the
 * checkpoint's weights and the matrices of every LoRA are read where they lie in their files. What is no product of two
 * narrow matrices is added to the weight as the graph runs (reweighted.ts).
 */
import type { Weight } from '../checkpoints/weight.ts'
import type { Value } from '../graph/graph.ts'
import type { Convolution, Lowering } from '../graph/lowering.ts'
import type { FindWeight } from '../graph/onnx.ts'
import type { LoraModule } from './lora-file.ts'
import type { ChosenLora } from './open-loras.ts'
import { reweighted, type ScaledDifference } from './reweighted.ts'
import { loraNetworks } from './targets.ts'

/** For one graph: its words declare the parameters that its weights then find. */
export interface LowRank {
  /** The same words, whose linear layers and convolutions have a branch for each LoRA that adapts them. */
  words(lowering: Lowering): Lowering
  /** Finds the branches' parameters; all others are looked up with `find`. */
  weights(find: FindWeight): FindWeight
}

/** `network` is `unet`, `textEncoder` or `textEncoder2`; no LoRA adapts any other. */
export function lowRank(loras: readonly ChosenLora[], network: string): LowRank {
  const declared = new Map<string, Weight>()
  const parameter = ({ graph }: Value, name: string, weight: Weight): Value => {
    declared.set(name, weight)
    return graph.parameter(name, weight.shape)
  }
  const branchesOf = ({ name }: Value) => branches(loras, { network, weight: name })
  const adapted = (weight: Value) =>
    reweighted(weight, differences(loras, { network, weight: weight.name }), (name, matrix) =>
      parameter(weight, name, matrix),
    )
  return {
    weights: (find) => (name, shape) => declared.get(name) ?? find(name, shape),
    words: (lowering) => ({
      ...lowering,

      linear(x, weight, bias) {
        const adapting = branchesOf(weight)
        if (adapting.length === 0) return lowering.linear(x, adapted(weight), bias)
        const multiply: Multiply = (from, { name, matrix, scale }) =>
          lowering.linear(from, parameter(x, name, matrix), null, { scale })
        const sum = withBranches(lowering.linear(x, adapted(weight), null), x, {
          adapting,
          multiply,
        })
        // The bias last, where a lowering looks for one to be taken into what follows.
        return bias ? lowering.add(sum, bias) : sum
      },

      conv2d(x, weight, bias, options) {
        const convolve = (from: Value, name: string, matrix: Weight, placed = pointwise) => {
          const [width = 0] = matrix.shape
          const none = parameter(x, `lora.zeros.${width}`, zeros(width))
          return lowering.conv2d(from, parameter(x, name, matrix), none, placed)
        }
        const multiply: Multiply = (from, { name, matrix, scale, isPlaced }) => {
          const [, rank = 0] = matrix.shape
          const scaling = `lora.scale.${scale}.${rank}`
          const scaled = scale === 1 ? from : convolve(from, scaling, diagonal(scale, rank))
          return convolve(scaled, name, matrix, isPlaced ? options : pointwise)
        }
        const y = lowering.conv2d(x, adapted(weight), bias, options)
        return withBranches(y, x, { adapting: branchesOf(weight), multiply })
      },
    }),
  }
}

type Multiply = (from: Value, by: Factor) => Value

/** A matrix that is bound to a parameter of that name, times a number. */
interface Factor {
  readonly name: string
  readonly matrix: Weight
  readonly scale: number
  /** Whether it sees the image as the adapted weight does; all others stay within a pixel. */
  readonly isPlaced: boolean
}

interface Branch extends LoraModule {
  /** Of its parameters, what comes before `.down` and `.up`. */
  readonly name: string
}

/** With the strength in their scales; none where that makes nothing of them. */
function branches(
  loras: readonly ChosenLora[],
  { network, weight }: { network: string; weight: string },
): Branch[] {
  const known = loraNetworks.find((name) => name === network)
  return loras.flatMap(({ file, strength }, index) => {
    const module = known && file.modules[known].get(weight)
    if (!module || strength === 0) return []
    return [{ ...module, name: `lora.${index}.${weight}`, scale: strength * module.scale }]
  })
}

function differences(
  loras: readonly ChosenLora[],
  { network, weight }: { network: string; weight: string },
): ScaledDifference[] {
  const known = loraNetworks.find((name) => name === network)
  return loras.flatMap(({ file, strength }, index) => {
    const difference = known && file.differences[known].get(weight)
    if (!difference || strength === 0) return []
    const name = `lora.${index}.${weight}.difference`
    return [{ ...difference, name, scale: strength * difference.scale }]
  })
}

/** y + Σ scale · up (down x). */
function withBranches(
  y: Value,
  x: Value,
  { adapting, multiply }: { readonly adapting: readonly Branch[]; readonly multiply: Multiply },
): Value {
  const { lowering } = x.graph
  return adapting.reduce((sum, branch) => lowering.add(sum, through(x, branch, multiply)), y)
}

function through(x: Value, { name, scale, down, mid, up }: Branch, multiply: Multiply): Value {
  const narrow = { name: `${name}.down`, matrix: down, scale: 1, isPlaced: !mid }
  const low = multiply(x, narrow)
  const middle = mid
    ? multiply(low, { name: `${name}.mid`, matrix: mid, scale: 1, isPlaced: true })
    : low
  return multiply(middle, { name: `${name}.up`, matrix: up, scale, isPlaced: false })
}

/**
 * scale · I, [rank, rank, 1, 1], for convolutions, of which no operator takes a scale: a product in the narrow middle,
 * where all branches of one rank and scale share the matrix.
 */
function diagonal(scale: number, rank: number): Weight {
  const values = new Float32Array(rank * rank)
  for (let i = 0; i < rank; i++) values[i * (rank + 1)] = scale
  return { type: 'F32', shape: [rank, rank, 1, 1], bytes: new Uint8Array(values.buffer) }
}

/** Convolutions must have a bias; as a parameter, a lowering may take it in. */
const zeros = (width: number): Weight => ({
  type: 'F32',
  shape: [width],
  bytes: new Uint8Array(width * Float32Array.BYTES_PER_ELEMENT),
})

const pointwise: Convolution = { stride: 1, pads: [0, 0, 0, 0] }
