/** One network of a checkpoint: its configuration, and its weights by their diffusers or transformers names. */
import { Failure } from '#contract'
import type { Source } from './ldm-names.ts'
import { nearestName } from './nearest-name.ts'
import type { StoredTensor } from './safetensors.ts'
import { transposed } from './transposed.ts'
import { isStoredType, type Weight } from './weight.ts'

export interface Part<Config> {
  readonly config: Config
  /**
   * The weight of a diffusers or transformers name, e.g. `down_blocks.0.resnets.0.conv1.weight`; a text encoder's
   * names may do without `text_model.`. `shape` is what the network needs, and a linear layer's is [out, in].
   * Throws Failure('checkpoint-invalid') where the tensor is missing, naming the nearest one found, where its shape
   * is another, or where its type is not one of floating point.
   */
  weight(name: string, shape: readonly number[]): Weight
}

export interface PartFiles {
  /** The checkpoint's path, or the part's folder: what messages name. */
  readonly path: string
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** Where a weight may lie, best first. */
  readonly sources: (name: string) => readonly Source[]
  /** Is told the stored name of each weight that is taken. */
  readonly onTaken?: (stored: string) => void
  /** What `path` should be in full; by default an SDXL checkpoint. */
  readonly kind?: string
}

export function openPart<Config>(config: Config, files: PartFiles): Part<Config> {
  const { path, tensors, sources, onTaken, kind = 'SDXL checkpoint' } = files
  return {
    config,
    weight(name, shape) {
      const candidates = sources(name)
      for (const source of candidates) {
        const tensor = tensors.get(source.name)
        if (!tensor) continue
        onTaken?.(source.name)
        return take(tensor, source, { name, shape, path, kind })
      }
      const missing = candidates[0]?.name ?? name
      const also = missing === name ? '' : ` (${name})`
      const nearest = nearestName(missing, tensors.keys())
      const hint = nearest === undefined ? '' : ` The nearest name found is ${nearest}.`
      throw new Failure(
        'checkpoint-invalid',
        `${path} has no tensor ${missing}${also}: it is not a full ${kind}.${hint}`,
      )
    },
  }
}

interface Wanted {
  readonly name: string
  readonly shape: readonly number[]
  readonly path: string
  readonly kind: string
}

function take({ type, shape: found, bytes }: StoredTensor, source: Source, wanted: Wanted): Weight {
  const { shape } = wanted
  const refuse = (what: string) =>
    new Failure(
      'checkpoint-invalid',
      `${wanted.path}: the tensor ${source.name} (${wanted.name}) ${what}: it is not a full ${wanted.kind}, or its config is another's.`,
    )
  if (!isStoredType(type)) throw refuse(`has the element type ${type}, not floating point`)
  const expected = storedShape(shape, source)
  const fits = equal(found, expected) || (source.as === 'flat' && equal(found, [...expected, 1, 1]))
  if (!fits) {
    throw refuse(`has the shape [${found.join(', ')}], not [${expected.join(', ')}]`)
  }
  if (source.as === 'transposed') {
    const [rows = 0, columns = 0] = expected
    return { type, shape, bytes: transposed(bytes, { rows, columns }) }
  }
  if (typeof source.as === 'number') {
    const length = bytes.length / 3
    return { type, shape, bytes: { ...bytes, offset: bytes.offset + source.as * length, length } }
  }
  return { type, shape, bytes }
}

/** The shape that a tensor must have in the file, for `shape` to come out of it. */
function storedShape(shape: readonly number[], { as }: Source): readonly number[] {
  if (as === 'transposed') return shape.toReversed()
  if (typeof as === 'number') return shape.map((size, axis) => (axis === 0 ? 3 * size : size))
  return shape
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}
