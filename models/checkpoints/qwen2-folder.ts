/** Opens a Qwen 2.5 as Hugging Face lays it out: a folder with a config.json and one .safetensors file or several. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract'
import type { Qwen2Config } from '#models/networks/qwen2.ts'
import { readFolderTensors } from './folder-tensors.ts'
import { parseFields, readJson } from './json-file.ts'
import { openPart, type Part } from './part.ts'
import { qwen2Config } from './qwen2-config.ts'

export interface Qwen2Checkpoint extends Part<Qwen2Config> {
  readonly path: string
  /** After which a text is at its end, as config.json and generation_config.json say. */
  readonly endIds: readonly number[]
}

/**
 * Reads headers and configs of the folder at `path`, never the weights.
 * Throws Failure('checkpoint-unsupported') for a folder of another model, Failure('checkpoint-invalid') for what is
 * missing or damaged, each naming the file and the mend.
 */
export async function openQwen2Folder(path: string): Promise<Qwen2Checkpoint> {
  const names = await namesIn(path)
  if (!names.includes('config.json')) throw notQwen(path, whatElse(names))
  const configPath = join(path, 'config.json')
  const json = await readJson(configPath)
  const config = qwen2Config(json, configPath)
  const tensors = await readFolderTensors(path, 'model')
  const generationPath = join(path, 'generation_config.json')
  const generation = names.includes('generation_config.json') ? await readJson(generationPath) : {}
  const endIds = [
    ...parseFields(ending, json, configPath).eos_token_id,
    ...parseFields(ending, generation, generationPath).eos_token_id,
  ]
  const part = openPart(config, {
    path,
    tensors,
    sources: (name) => [{ name, as: 'same' }],
    kind: 'Qwen 2.5 checkpoint',
  })
  return { path, ...part, endIds: [...new Set(endIds)] }
}

const ending = z.object({
  eos_token_id: z
    .union([z.int(), z.array(z.int())])
    .nullish()
    .transform((ids) => [ids ?? []].flat()),
})

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (cause) {
    throw new Failure(
      'checkpoint-invalid',
      `No folder can be read at ${path}: name the folder of a Qwen 2.5, with its config.json, tokenizer.json and .safetensors files.`,
      { cause },
    )
  }
}

function whatElse(names: readonly string[]): string {
  if (names.includes('model_index.json')) return 'is a diffusers folder, which makes pictures'
  if (names.some((name) => name.endsWith('.gguf'))) return 'has its weights as GGUF only'
  if (names.includes('snapshots')) return "is a Hugging Face cache's folder, above the model"
  return 'has no config.json'
}

function notQwen(path: string, what: string): Failure {
  return new Failure(
    'checkpoint-unsupported',
    `${path} ${what}: name the folder of a Qwen 2.5, with its config.json, tokenizer.json and .safetensors files.`,
  )
}
