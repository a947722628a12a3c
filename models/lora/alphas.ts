/** How strongly each layer of a LoRA file was trained to act: alpha, as each format writes it down. */
import { open } from 'node:fs/promises'
import { getFloat16 } from '@petamoriken/float16'
import { Failure } from '#contract'
import { isRecord } from '../checkpoints/record.ts'
import type { Safetensors, StoredTensor } from '../checkpoints/safetensors.ts'
import { partOf } from './tensor-names.ts'

/** alpha / rank of a module, in the file's own spelling; 1 where the file says nothing of it. */
export type ScaleOf = (module: string, rank: number) => number

/**
 * kohya has a number beside each module, peft a JSON text in the metadata. Throws
 * Failure('checkpoint-invalid') for either where it makes no sense.
 */
export async function readAlphas({ file, tensors, metadata }: Safetensors): Promise<ScaleOf> {
  const stored = new Map<string, number>()
  await using handle = await open(file)
  for (const [name, tensor] of tensors) {
    const part = partOf(name)
    if (part?.role !== 'alpha') continue
    const bytes = new DataView(new ArrayBuffer(8))
    await handle.read(bytes, 0, Math.min(tensor.bytes.length, 8), tensor.bytes.offset)
    const alpha = scalar(tensor, bytes)
    if (!Number.isFinite(alpha)) {
      throw invalid(file, `the tensor ${name} is no number but ${tensor.type} [${tensor.shape}]`)
    }
    stored.set(part.module, alpha)
  }
  const scaleBySettings = adapterSettings(metadata.get(METADATA), file)
  return (module, rank) => {
    const alpha = stored.get(module)
    return alpha === undefined ? scaleBySettings(module, rank) : alpha / rank
  }
}

/** diffusers' key for what it puts into `__metadata__`. */
const METADATA = 'lora_adapter_metadata'

/** NaN for what is not one number. */
function scalar({ type, shape }: StoredTensor, bytes: DataView): number {
  if (shape.some((side) => side !== 1)) return Number.NaN
  switch (type) {
    case 'F32':
      return bytes.getFloat32(0, true)
    case 'F16':
      return getFloat16(bytes, 0, true)
    case 'BF16':
      // A bfloat16 is the upper half of a float32.
      bytes.setUint32(4, bytes.getUint16(0, true) << 16, true)
      return bytes.getFloat32(4, true)
    case 'F64':
      return bytes.getFloat64(0, true)
    case 'I64':
      return Number(bytes.getBigInt64(0, true))
    case 'I32':
      return bytes.getInt32(0, true)
    default:
      return Number.NaN
  }
}

/** peft's own settings of each network, which diffusers prefixes with the network's name. */
function adapterSettings(text: string | undefined, file: string): ScaleOf {
  if (text === undefined) return () => 1
  let settings: unknown
  try {
    settings = JSON.parse(text)
  } catch (cause) {
    throw invalid(file, `its ${METADATA} is not JSON`, { cause })
  }
  if (!isRecord(settings)) throw invalid(file, `its ${METADATA} is not an object`)
  return (module, rank) => {
    const dot = module.indexOf('.')
    const [network, path] = [module.slice(0, dot), module.slice(dot + 1)]
    const patterns = settings[`${network}.alpha_pattern`]
    // A pattern is a module's path or the end of one (peft, get_pattern_key).
    const [, own] = Object.entries(isRecord(patterns) ? patterns : {}).find(
      ([pattern]) => path === pattern || path.endsWith(`.${pattern}`),
    ) ?? [undefined, settings[`${network}.lora_alpha`]]
    if (typeof own !== 'number') return 1
    // JSON has no infinity, but 1e999.
    if (!Number.isFinite(own)) throw invalid(file, `its ${METADATA} has an alpha without end`)
    // Rank-stabilised LoRA, Kalajdzievski 2023.
    return settings[`${network}.use_rslora`] === true ? own / Math.sqrt(rank) : own / rank
  }
}

function invalid(file: string, what: string, options?: ErrorOptions): Failure {
  return new Failure('checkpoint-invalid', `${file}: ${what}: download it again.`, options)
}
