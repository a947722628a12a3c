/** A Qwen 2.5 whose numbers overflow, as a checkpoint's do that a GPU computes in too narrow a type. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { readSafetensors } from '#models/checkpoints/safetensors.ts'

/** @param path of its folder. */
export async function makeOverflow(path: string): Promise<void> {
  const file = join(path, 'model.safetensors')
  const { tensors } = await readSafetensors(file)
  const bias = tensors.get('model.layers.1.self_attn.k_proj.bias')?.bytes
  if (!bias) throw new Error('no such bias')
  await using handle = await open(file, 'r+')
  const huge = new Uint8Array(new Float32Array(bias.length / 4).fill(3e38).buffer)
  await handle.write(huge, 0, bias.length, bias.offset)
}
