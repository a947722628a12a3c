/** LoRA files that tests make up, tensor by tensor. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ElementType } from '../checkpoints/element-size.ts'
import { type TensorToWrite, writeSafetensors } from '../checkpoints/write-safetensors.ts'
import { weightByRule } from '../goldens/rule.ts'

/** Float32 numbers, or other bytes of a named type; by its name alone where neither is given. */
export interface MadeTensor {
  readonly shape: readonly number[]
  readonly data?: readonly number[]
  readonly raw?: readonly [ElementType, Uint8Array]
}

/** Writes a file that is gone with the test, and returns its path. */
export async function loraFile(
  tensors: Readonly<Record<string, MadeTensor | readonly number[]>>,
  metadata?: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-lora-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'made.safetensors')
  const written = Object.entries(tensors).map(([name, made]) =>
    tensorToWrite(name, 'shape' in made ? made : { shape: made }),
  )
  await writeSafetensors(path, written, metadata)
  return path
}

function tensorToWrite(name: string, { shape, data, raw }: MadeTensor): TensorToWrite {
  if (raw) return { name, shape, type: raw[0], data: raw[1] }
  const values = data ? Float32Array.from(data) : weightByRule(name, shape)
  return { name, shape, type: 'F32', data: new Uint8Array(values.buffer) }
}
