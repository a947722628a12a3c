/** The same words with matrices of four bits, wherever a file of such matrices has one for a linear layer. */
import { Failure, messageOf } from '#contract'
import { readSafetensors } from '../checkpoints/safetensors.ts'
import type { Weight } from '../checkpoints/weight.ts'
import { Graph } from '../graph/graph.ts'
import type { Lowering } from '../graph/lowering.ts'
import type { FindWeight } from '../graph/onnx.ts'
import { portable } from '../graph/portable.ts'
import type { Matrix } from './four-bit-file.ts'
import { BLOCK } from './pack.ts'

export interface FourBit {
  words(lowering: Lowering): Lowering
  /** Finds the matrices of the file; all else is looked up with `find`. */
  weights(find: FindWeight): FindWeight
}

/** Of the file at `path`, as fourBitFile wrote it. Throws Failure('checkpoint-invalid') where it is damaged. */
export async function openFourBit(path: string): Promise<FourBit> {
  const { tensors } = await readSafetensors(path).catch((cause) => {
    throw damaged(path, messageOf(cause), { cause })
  })
  const found = (name: string): Weight | undefined => {
    const tensor = tensors.get(name)
    if (!tensor) return undefined
    const { type, shape, bytes } = tensor
    if (type === 'U8' || type === 'BF16') return { type, shape, bytes }
    throw damaged(path, `its tensor ${name} is of type ${type}`)
  }
  return {
    weights: (find) => (name, shape) => found(name) ?? find(name, shape),
    words: (lowering) => ({
      ...lowering,
      linear(x, weight, bias, options) {
        const { graph } = x
        const [to = 0, from = 0] = weight.shape.map((side) => side ?? 0)
        const packed = `${weight.name}.packed`
        if (!tensors.has(packed) || options) return lowering.linear(x, weight, bias, options)
        const matrix = graph.parameter(packed, [to, from / BLOCK, BLOCK / 2], 'uint8')
        const scales = graph.parameter(`${weight.name}.scales`, [to, from / BLOCK])
        const product = graph.node('MatMulNBits', [x, matrix, scales], {
          shape: [...x.shape.slice(0, -1), to],
          domain: 'com.microsoft',
          attributes: {
            ...{ K: from, N: to, bits: 4, block_size: BLOCK },
            accuracy_level: ACCURACY[lowering.name],
          },
        })
        return bias ? lowering.add(product, bias) : product
      },
    }),
  }
}

const damaged = (path: string, what: string, options?: ErrorOptions): Failure =>
  new Failure(
    'checkpoint-invalid',
    `${path} is no file of four-bit weights (${what}): delete it, and it is written anew.`,
    options,
  )

/**
 * How exact the product is, as MatMulNBits counts it. On a CPU activations are rounded to eight bits too (4): faster, and
 * what it adds is a twentieth of what four bits cost a random 0.5B.
 */
const ACCURACY = { portable: 4, cuda: 0 } as const

/** The matrices of a network's linear layers, a tied one too, but for those whose rows are no whole blocks. */
export function matricesOf(write: (graph: Graph) => void): readonly Matrix[] {
  const shapes = new Map<string, readonly [number, number]>()
  const words: Lowering = {
    ...portable,
    linear(x, weight, bias, options) {
      const [to = 0, from = 0] = weight.shape.map((side) => side ?? 0)
      if (from % BLOCK === 0) shapes.set(weight.name, [to, from])
      return portable.linear(x, weight, bias, options)
    },
  }
  write(new Graph('matrices', words))
  return [...shapes].map(([name, shape]) => ({ name, shape }))
}
