/** Writes the small checkpoints that the goldens were recorded from, made by rule and not committed. */
import { randomUUID } from 'node:crypto'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Float16Array } from '@petamoriken/float16'
import { type TensorToWrite, writeSafetensors } from '../checkpoints/write-safetensors.ts'
import { type LaidTensor, layout, type Part, parts } from './layout.ts'
import { weightByRule } from './rule.ts'

export type Variant =
  | 'mini'
  | 'tiny-folder'
  | 'tiny-sharded'
  | 'tiny-single'
  | 'tiny-single-f16'
  | 'tiny-single-bf16'

type FloatType = 'F32' | 'F16' | 'BF16'

const miniVocabulary = 1000

/**
 * Writes a checkpoint into `folder`, which is made, and returns its path: a diffusers folder, or a single file whose
 * configs lie beside it in `NAME.json`. One that is already there is left alone; a half-written one never is.
 */
export async function writeCheckpoint(folder: string, variant: Variant): Promise<string> {
  const isFolder = variant === 'tiny-folder' || variant === 'tiny-sharded'
  const path = join(folder, isFolder ? variant : `${variant}.safetensors`)
  if (await exists(path)) return path
  await mkdir(folder, { recursive: true })
  const unfinished = join(folder, `.${variant}-${randomUUID()}`)
  try {
    if (isFolder) {
      await writeFolder(unfinished, variant === 'tiny-sharded')
    } else {
      await writeJson(unfinished, configsOf(variant))
      await rename(unfinished, join(folder, `${variant}.json`))
      await writeSafetensors(unfinished, singleFile(variant), { format: 'pt' })
    }
    await rename(unfinished, path)
  } catch (error) {
    // Another process may have finished the same folder first: a folder cannot be renamed onto a full one.
    if (!(isFolder && (await exists(path)))) throw error
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return path
}

/** The four configs that a single file cannot carry. */
function configsOf(variant: Variant): Readonly<Record<Part, object>> {
  if (variant !== 'mini') return layout.parts
  const mini = { vocab_size: miniVocabulary }
  return {
    ...layout.parts,
    text_encoder: { ...layout.parts.text_encoder, ...mini },
    text_encoder_2: { ...layout.parts.text_encoder_2, ...mini },
  }
}

function singleFile(variant: Variant): TensorToWrite[] {
  const type = variant.endsWith('-bf16') ? 'BF16' : variant.endsWith('-f16') ? 'F16' : 'F32'
  return layout.tensors.map(({ key, shape }) => {
    const smaller = variant === 'mini' && key.endsWith('token_embedding.weight')
    const written = smaller ? [miniVocabulary, ...shape.slice(1)] : shape
    return { name: key, type, shape: written, data: () => cast(weightByRule(key, written), type) }
  })
}

async function writeFolder(folder: string, sharded: boolean): Promise<void> {
  for (const part of parts) {
    await mkdir(join(folder, part), { recursive: true })
    await writeJson(join(folder, part, 'config.json'), layout.parts[part])
    const tensors = partTensors(part)
    const stem = part.startsWith('text') ? 'model' : 'diffusion_pytorch_model'
    const path = join(folder, part, stem)
    if (sharded && part === 'unet') await writeShards(path, stem, tensors)
    else await writeSafetensors(`${path}.safetensors`, tensors, { format: 'pt' })
  }
  await mkdir(join(folder, 'scheduler'))
  await writeJson(join(folder, 'scheduler', 'scheduler_config.json'), layout.scheduler)
  await writeJson(join(folder, 'model_index.json'), layout.model_index)
}

/** A part's tensors under their diffusers names, in the order in which the reference writer sorts them. */
function partTensors(part: Part): TensorToWrite[] {
  return layout.tensors
    .filter((tensor) => tensor.part === part)
    .flatMap(piecesOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function piecesOf(tensor: LaidTensor): TensorToWrite[] {
  const { key, shape, names } = tensor
  return names.map((name, index) => ({
    name,
    type: 'F32',
    shape: tensor.part_shape,
    data: () => {
      const whole = weightByRule(key, shape)
      const laid = tensor.transposed ? transpose(whole, shape[0]!, shape[1]!) : whole
      const share = laid.length / names.length
      return cast(laid.subarray(index * share, (index + 1) * share), 'F32')
    },
  }))
}

/** Two files, the first half of the names in the first, and the index that tells them apart. */
async function writeShards(path: string, stem: string, tensors: TensorToWrite[]): Promise<void> {
  const half = Math.ceil(tensors.length / 2)
  const weightMap: Record<string, string> = {}
  let bytes = 0
  for (const [index, shard] of [tensors.slice(0, half), tensors.slice(half)].entries()) {
    const suffix = `-0000${index + 1}-of-00002.safetensors`
    await writeSafetensors(`${path}${suffix}`, shard, { format: 'pt' })
    for (const { name, shape } of shard) {
      weightMap[name] = `${stem}${suffix}`
      bytes += shape.reduce((product, dimension) => product * dimension, 4)
    }
  }
  const index = { metadata: { total_size: bytes }, weight_map: weightMap }
  await writeJson(`${path}.safetensors.index.json`, index)
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const turned = new Float32Array(values.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column]!
    }
  }
  return turned
}

/** Bytes of `values` in another type, rounded to nearest, ties to even. */
function cast(values: Float32Array, type: FloatType): Uint8Array {
  const stored =
    type === 'BF16' ? toBfloat16(values) : type === 'F16' ? new Float16Array(values) : values
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength)
}

/** A bfloat16 is the upper half of a float32; what is cut off rounds it. No value here is near infinity. */
function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const rounded = new Uint16Array(bits.length)
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!
    rounded[i] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
  }
  return rounded
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`)
}
