/** Questions about the tensors of one network in a file, by name without its prefix. */
import { Failure } from '#contract'
import type { StoredTensor } from './safetensors.ts'

export interface NamedShapes {
  has(name: string): boolean
  /** Throws Failure('checkpoint-invalid') where there is none of the name, or where it has another rank. */
  shape(name: string, rank: number): readonly number[]
  /** The rank of a tensor; undefined where there is none of the name. */
  rank(name: string): number | undefined
  /** How many of `prefix`0, `prefix`1, … follow each other. `prefix` ends with a dot. */
  count(prefix: string): number
}

/** Of the tensors whose names begin with `prefix`, in the file at `path`. */
export function namedShapes(
  tensors: ReadonlyMap<string, Pick<StoredTensor, 'shape'>>,
  prefix: string,
  path: string,
): NamedShapes {
  const folders = new Set<string>()
  for (const name of tensors.keys()) {
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      folders.add(name.slice(0, dot))
    }
  }
  return {
    has: (name) => tensors.has(prefix + name),
    rank: (name) => tensors.get(prefix + name)?.shape.length,
    count: (inner) => {
      let length = 0
      while (folders.has(`${prefix}${inner}${length}`)) length++
      return length
    },
    shape: (name, rank) => {
      const shape = tensors.get(prefix + name)?.shape
      if (shape?.length === rank) return shape
      const what = shape
        ? `has the shape [${shape.join(', ')}], not ${rank} dimensions`
        : 'is missing'
      throw new Failure('checkpoint-invalid', `${path}: the tensor ${prefix}${name} ${what}.`)
    },
  }
}
