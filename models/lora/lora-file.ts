/**
 * Opens a LoRA file, in whichever of its formats, as low-rank matrices beside the weights that they adapt.
 * Hu et al. 2021, "LoRA": W x becomes W x + (alpha / rank) · up (down x).
 */
import { Failure } from '#contract'
import { readSafetensors, type StoredTensor } from '../checkpoints/safetensors.ts'
import type { Weight } from '../checkpoints/weight.ts'
import { readAlphas } from './alphas.ts'
import { layMatrices, type Matrices } from './matrices.ts'
import { madeFor, otherKind } from './other-loras.ts'
import type { LoraNetwork, LoraTarget } from './targets.ts'
import { partOf } from './tensor-names.ts'

export interface LoraModule {
  readonly rank: number
  /** alpha / rank. */
  readonly scale: number
  /** [rank, in], of a convolution [rank, in, kernel, kernel]. */
  readonly down: Weight
  /** [out, rank], of a convolution [out, rank, 1, 1]. */
  readonly up: Weight
}

export interface LoraFile {
  readonly path: string
  /** By the name of the weight that each adapts. */
  readonly modules: Readonly<Record<LoraNetwork, ReadonlyMap<string, LoraModule>>>
}

/**
 * Reads the header and the alphas of the .safetensors file at `path`, never the matrices. `names` says what layer a
 * name means (`moduleNames`). Throws Failure('checkpoint-unsupported') for a LoRA of another model, with the count
 * of keys that fit, and for DoRA, LoHa, LoKr and their kin; Failure('checkpoint-invalid') for a damaged file.
 */
export async function openLora(
  path: string,
  names: ReadonlyMap<string, LoraTarget>,
): Promise<LoraFile> {
  const file = await readSafetensors(path)
  requirePlain(file.tensors, path)
  const fitting = fittingModules(file.tensors, { path, names })
  const scaleOf = await readAlphas(file)
  const modules = {
    unet: new Map<string, LoraModule>(),
    textEncoder: new Map<string, LoraModule>(),
    textEncoder2: new Map<string, LoraModule>(),
  }
  for (const { module, target, matrices } of fitting) {
    const adapted = modules[target.network]
    if (adapted.has(target.weight)) {
      throw new Failure(
        'checkpoint-invalid',
        `${path} adapts ${target.weight} twice, once as ${module}: get it from who made it.`,
      )
    }
    const { rank } = matrices
    adapted.set(target.weight, { ...matrices, scale: scaleOf(module, rank) })
  }
  return { path, modules }
}

type Tensors = ReadonlyMap<string, StoredTensor>

function requirePlain(tensors: Tensors, path: string): void {
  const other = otherKind(tensors.keys())
  if (!other) return
  throw new Failure('checkpoint-unsupported', `${path} ${other}`)
}

interface FittingModule {
  readonly module: string
  readonly target: LoraTarget
  readonly matrices: Matrices
}

/** All modules of the file; one that fits nothing means that the file is for another model. */
function fittingModules(
  tensors: Tensors,
  { path, names }: { path: string; names: ReadonlyMap<string, LoraTarget> },
): FittingModule[] {
  const fitting = new Map<string, FittingModule>()
  for (const [module, { down, up }] of pairs(tensors, path)) {
    if (down.shape[0] === 0) throw ofNoRank(module, path)
    const target = names.get(module)
    const matrices = target && layMatrices(down, up, target.shape)
    if (matrices)
      fitting.set(module, { module, target, matrices: ofBearableRank(matrices, module, path) })
  }
  const isFitting = (name: string) => fitting.has(partOf(name)?.module ?? '')
  const misfits = [...tensors.keys()].filter((name) => !isFitting(name))
  const [first] = misfits
  if (first === undefined && fitting.size > 0) return [...fitting.values()]
  const count = `${tensors.size - misfits.length} of its ${tensors.size} keys fit`
  const example = first === undefined ? '' : `, ${first} does not`
  throw new Failure(
    'checkpoint-unsupported',
    `${path}: this LoRA is for ${madeFor(tensors)}: ${count}${example}. Name one that was trained on SDXL.`,
  )
}

/** Every matrix of SDXL has a side of 1280 or less, beyond which a rank adds nothing; a branch works with rank² numbers. */
const MOST_RANK = 4096

function ofBearableRank(matrices: Matrices, module: string, path: string): Matrices {
  if (matrices.rank <= MOST_RANK) return matrices
  throw new Failure(
    'checkpoint-unsupported',
    `${path} has a rank of ${matrices.rank} in ${module}, and at most ${MOST_RANK} is run: name a plain LoRA.`,
  )
}

function ofNoRank(module: string, path: string): Failure {
  return new Failure(
    'checkpoint-invalid',
    `${path} has a rank of 0 in ${module}, as resizing a LoRA too far leaves it: get it from who made it.`,
  )
}

interface Pair {
  readonly down: StoredTensor
  readonly up: StoredTensor
}

function pairs(tensors: Tensors, path: string): Map<string, Pair> {
  const found = new Map<string, { down?: StoredTensor; up?: StoredTensor }>()
  for (const [name, tensor] of tensors) {
    const part = partOf(name)
    if (!part || part.role === 'alpha') continue
    found.set(part.module, { ...found.get(part.module), [part.role]: tensor })
  }
  const whole = new Map<string, Pair>()
  for (const [module, { down, up }] of found) {
    if (!down || !up) {
      const [there, missing] = down ? ['down', 'up'] : ['up', 'down']
      throw new Failure(
        'checkpoint-invalid',
        `${path} has the ${there} half of ${module} without the ${missing} half: download it again.`,
      )
    }
    whole.set(module, { down, up })
  }
  return whole
}
