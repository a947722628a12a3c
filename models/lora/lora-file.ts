/**
 * Opens a LoRA file, in whichever of its formats, as low-rank matrices beside the weights that they adapt, or as what is
 * added to those. Hu et al. 2021, "LoRA": W x becomes W x + (alpha / rank) · up (down x).
 */
import { Failure } from '#contract'
import { readSafetensors, type StoredTensor } from '../checkpoints/safetensors.ts'
import { readAlphas } from './alphas.ts'
import { type Difference, layDifference, type ModuleTensors } from './differences.ts'
import { layMatrices, type Matrices } from './matrices.ts'
import { madeFor, otherKind } from './other-loras.ts'
import type { LoraNetwork, LoraTarget } from './targets.ts'
import { partOf } from './tensor-names.ts'

/**
 * `down` is [rank, in], of a convolution [rank, in, kernel, kernel]; `up` is [out, rank], of a convolution
 * [out, rank, 1, 1].
 */
export interface LoraModule extends Matrices {
  /** alpha / rank. */
  readonly scale: number
}

export interface LoraFile {
  readonly path: string
  /** By the name of the weight that each adapts. */
  readonly modules: Readonly<Record<LoraNetwork, ReadonlyMap<string, LoraModule>>>
  /** Likewise, of those that are no product of two narrow matrices. */
  readonly differences: Readonly<Record<LoraNetwork, ReadonlyMap<string, LoraDifference>>>
}

export interface LoraDifference extends Difference {
  /** alpha / rank; 1 where nothing was narrowed. */
  readonly scale: number
}

/**
 * Reads the header and the alphas of the .safetensors file at `path`, never the matrices. `names` says what layer a
 * name means (`moduleNames`). Throws Failure('checkpoint-unsupported') for a LoRA of another model, with the count
 * of keys that fit, and for DoRA, IA3, OFT and their kin; Failure('checkpoint-invalid') for a damaged file.
 */
export async function openLora(
  path: string,
  names: ReadonlyMap<string, LoraTarget>,
): Promise<LoraFile> {
  const file = await readSafetensors(path)
  requirePlain(file.tensors, path)
  const fitting = fittingModules(file.tensors, { path, names })
  const scaleOf = await readAlphas(file)
  const modules = ofEachNetwork<LoraModule>()
  const differences = ofEachNetwork<LoraDifference>()
  for (const { module, target, change } of fitting) {
    const { network, weight } = target
    if (modules[network].has(weight) || differences[network].has(weight)) {
      throw new Failure(
        'checkpoint-invalid',
        `${path} adapts ${weight} twice, once as ${module}: get it from who made it.`,
      )
    }
    const { rank } = change
    const scale = rank === undefined ? 1 : scaleOf(module, rank)
    if ('kind' in change) differences[network].set(weight, { ...change, scale })
    else modules[network].set(weight, { ...change, scale })
  }
  return { path, modules, differences }
}

const ofEachNetwork = <Change>() => ({
  unet: new Map<string, Change>(),
  textEncoder: new Map<string, Change>(),
  textEncoder2: new Map<string, Change>(),
})

type Tensors = ReadonlyMap<string, StoredTensor>

function requirePlain(tensors: Tensors, path: string): void {
  const other = otherKind(tensors.keys())
  if (!other) return
  throw new Failure('checkpoint-unsupported', `${path} ${other}`)
}

interface FittingModule {
  readonly module: string
  readonly target: LoraTarget
  readonly change: Matrices | Difference
}

/** All modules of the file; one that fits nothing means that the file is for another model. */
function fittingModules(
  tensors: Tensors,
  { path, names }: { path: string; names: ReadonlyMap<string, LoraTarget> },
): FittingModule[] {
  const fitting = new Map<string, FittingModule>()
  for (const [module, own] of modulesOf(tensors, path)) {
    const { down, mid, up, ...others } = own
    const isPair = Object.keys(others).length === 0
    if (isPair && !down !== !up) throw ofOneHalf(module, down ? 'down' : 'up', path)
    if (down?.shape[0] === 0) throw ofNoRank(module, path)
    const target = names.get(module)
    if (!target) continue
    const change =
      isPair && down && up
        ? layMatrices({ down, mid, up }, target.shape)
        : layDifference(own, target.shape)
    if (change)
      fitting.set(module, { module, target, change: ofBearableRank(change, module, path) })
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

function ofBearableRank<Change extends Matrices | Difference>(
  change: Change,
  module: string,
  path: string,
): Change {
  if ((change.rank ?? 0) <= MOST_RANK) return change
  throw new Failure(
    'checkpoint-unsupported',
    `${path} has a rank of ${change.rank} in ${module}, and at most ${MOST_RANK} is run: name a plain LoRA.`,
  )
}

function ofNoRank(module: string, path: string): Failure {
  return new Failure(
    'checkpoint-invalid',
    `${path} has a rank of 0 in ${module}, as resizing a LoRA too far leaves it: get it from who made it.`,
  )
}

function ofOneHalf(module: string, there: 'down' | 'up', path: string): Failure {
  const missing = there === 'down' ? 'up' : 'down'
  return new Failure(
    'checkpoint-invalid',
    `${path} has the ${there} half of ${module} without the ${missing} half: download it again.`,
  )
}

/** The tensors of each module but its alpha. */
function modulesOf(tensors: Tensors, path: string): Map<string, ModuleTensors> {
  const found = new Map<string, ModuleTensors>()
  for (const [name, tensor] of tensors) {
    const part = partOf(name)
    if (!part || part.role === 'alpha') continue
    const own = found.get(part.module)
    if (own?.[part.role]) {
      throw new Failure(
        'checkpoint-invalid',
        `${path} has what ${name} is twice, in two spellings: get it from who made it.`,
      )
    }
    found.set(part.module, { ...own, [part.role]: tensor })
  }
  return found
}
