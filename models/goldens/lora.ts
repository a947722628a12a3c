/** Writes the LoRA files that the goldens were recorded with, made by rule and not committed. */
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Float16Array } from '@petamoriken/float16'
import { writeSafetensors } from '../checkpoints/write-safetensors.ts'
import { weightByRule } from './rule.ts'

export const loraNames = ['tiny-kohya', 'tiny-conv', 'tiny-text', 'tiny-peft', 'tiny-old'] as const
export type LoraName = (typeof loraNames)[number]

interface Description {
  readonly type: 'F32' | 'F16'
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: readonly {
    readonly name: string
    readonly shape: readonly number[]
    /** Of an alpha; all else follows from its name. */
    readonly value?: number
  }[]
}

/** As recorded by `lora.py`. */
const descriptions: Readonly<Record<LoraName, Description>> = JSON.parse(
  readFileSync(new URL('./lora-files.json', import.meta.url), 'utf8'),
)

/** Writes a LoRA for the tiny checkpoints into `folder`, which is made, and returns its path. */
export async function writeLora(folder: string, name: LoraName): Promise<string> {
  const path = join(folder, `${name}.safetensors`)
  const { type, metadata, tensors } = descriptions[name]
  await mkdir(folder, { recursive: true })
  const written = tensors.map(({ name, shape, value }) => ({
    name,
    type,
    shape,
    data: () => {
      const values = value === undefined ? weightByRule(name, shape) : Float32Array.of(value)
      const stored = type === 'F16' ? new Float16Array(values) : values
      return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength)
    },
  }))
  await writeSafetensors(path, written, metadata)
  return path
}
