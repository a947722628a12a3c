/** Small random Qwen 2.5 folders, and what transformers made of them (make-qwen2.py). */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type TensorToWrite, writeSafetensors } from '../../checkpoints/write-safetensors.ts'
import { weightByRule } from '../../goldens/rule.ts'

export const qwen2Variants = ['tied', 'untied', 'tied-bf16'] as const
export type Qwen2Variant = (typeof qwen2Variants)[number]

const variant = z.enum(qwen2Variants)

const golden = z.object({
  tensors: z.string(),
  weights: z.record(variant, z.record(z.string(), z.array(z.int()))),
  configs: z.record(variant, z.looseObject({})),
  cases: z.array(
    z.object({
      name: z.string(),
      checkpoint: variant,
      /** The whole prompt. */
      ids: z.array(z.int()),
      /** How many of `ids` were in the cache before the last run. */
      past: z.int(),
      /** What follows `ids`, the likeliest each time. */
      greedy: z.array(z.int()).optional(),
    }),
  ),
})

export type Qwen2Golden = z.infer<typeof golden>
export type Qwen2Case = Qwen2Golden['cases'][number]

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

export async function readQwen2Golden(): Promise<Qwen2Golden & { readonly file: string }> {
  const read = golden.parse(JSON.parse(await readFile(here('qwen2.json'), 'utf8')))
  return { ...read, file: here(read.tensors) }
}

export interface WrittenQwen2 {
  readonly variant: Qwen2Variant
  /** Files that the weights are dealt out to; 1 by default. */
  readonly shards?: number
}

/** Writes the folder as `folder`/VARIANT, and returns its path. */
export async function writeQwen2(
  folder: string,
  { variant, shards = 1 }: WrittenQwen2,
): Promise<string> {
  const { weights, configs } = await readQwen2Golden()
  const path = join(folder, shards === 1 ? variant : `${variant}-in-${shards}`)
  await mkdir(path, { recursive: true })
  await writeJson(join(path, 'config.json'), configs[variant])
  const tensors = Object.entries(weights[variant]).map(([name, shape]): TensorToWrite => {
    const half = variant.endsWith('bf16')
    const data = () => {
      const values = weightByRule(name, shape)
      return half ? toBfloat16(values) : new Uint8Array(values.buffer)
    }
    return { name, shape, type: half ? 'BF16' : 'F32', data }
  })
  if (shards === 1) {
    await writeSafetensors(join(path, 'model.safetensors'), tensors, { format: 'pt' })
  } else {
    await writeShards(path, tensors, shards)
  }
  return path
}

/** Neighbours go to different files, as no publisher deals them out. */
async function writeShards(
  path: string,
  tensors: readonly TensorToWrite[],
  shards: number,
): Promise<void> {
  const map: Record<string, string> = {}
  for (let shard = 0; shard < shards; shard++) {
    const own = tensors.filter((_, i) => i % shards === shard)
    const number = (n: number) => String(n).padStart(5, '0')
    const file = `model-${number(shard + 1)}-of-${number(shards)}.safetensors`
    for (const { name } of own) map[name] = file
    await writeSafetensors(join(path, file), own, { format: 'pt' })
  }
  await writeJson(join(path, 'model.safetensors.index.json'), { metadata: {}, weight_map: map })
}

/** A bfloat16 is the upper half of a float32; what is cut off rounds it to nearest, ties to even. */
function toBfloat16({ buffer }: Float32Array): Uint8Array {
  const words = new Uint32Array(buffer)
  const halves = Uint16Array.from(words, (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16)
  return new Uint8Array(halves.buffer)
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 2)}\n`)
