/** Opens a checkpoint in diffusers' layout: a folder with a model_index.json and a folder for each network. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract'
import type { Checkpoint } from './checkpoint.ts'
import { clipTextConfig, vaeConfig } from './diffusers-config.ts'
import {
  diffusersTextSources,
  diffusersUnetSources,
  diffusersVaeSources,
} from './diffusers-names.ts'
import { readSchedulerConfig } from './diffusers-scheduler-config.ts'
import { unetConfig } from './diffusers-unet-config.ts'
import { readFolderTensors } from './folder-tensors.ts'
import { parseFields, readJson } from './json-file.ts'
import type { Source } from './ldm-names.ts'
import { openPart, type Part } from './part.ts'

/** Throws Failure('checkpoint-invalid') or Failure('checkpoint-unsupported'), as openCheckpoint says. */
export async function openDiffusersFolder(path: string): Promise<Checkpoint> {
  const index = await readModelIndex(path)
  const unused: (() => readonly string[])[] = []
  const open = async <Config>(reading: PartReading<Config>): Promise<Part<Config>> => {
    const folder = join(path, reading.folder)
    const configPath = join(folder, 'config.json')
    const config = reading.config(await readJson(configPath), configPath)
    const tensors = await readFolderTensors(folder, reading.weights)
    const taken = new Set<string>()
    const left = (name: string) =>
      !taken.has(name) && !/(^|\.)(position_ids|logit_scale)$/.test(name)
    unused.push(() => [...tensors.keys()].filter(left).map((name) => `${reading.folder}: ${name}`))
    const { sources } = reading
    return openPart(config, { path: folder, tensors, sources, onTaken: (name) => taken.add(name) })
  }
  const diffusersWeights = 'diffusion_pytorch_model'
  const clip = (folder: string, projected: boolean) =>
    open({
      folder,
      config: (json, at) => clipTextConfig(json, at, { projected }),
      weights: 'model',
      sources: diffusersTextSources,
    })
  const unet = await open({
    folder: 'unet',
    config: unetConfig,
    weights: diffusersWeights,
    sources: diffusersUnetSources,
  })
  const vae = await open({
    folder: 'vae',
    config: vaeConfig,
    weights: diffusersWeights,
    sources: diffusersVaeSources,
  })
  return {
    path,
    layout: 'diffusers',
    unet,
    vae,
    textEncoder: await clip('text_encoder', false),
    textEncoder2: await clip('text_encoder_2', true),
    scheduler: await readScheduler(join(path, 'scheduler', 'scheduler_config.json')),
    zeroEmptyNegative: index.force_zeros_for_empty_prompt,
    aestheticsScore: index.requires_aesthetics_score,
    tokenizers: {
      ...((await names(join(path, 'tokenizer'))).length > 0 && { first: join(path, 'tokenizer') }),
      ...((await names(join(path, 'tokenizer_2'))).length > 0 && {
        second: join(path, 'tokenizer_2'),
      }),
    },
    unused: () => unused.flatMap((list) => list()),
  }
}

interface PartReading<Config> {
  readonly folder: string
  readonly config: (json: unknown, path: string) => Config
  /** Their files' name, before `.fp16` and `.safetensors`. */
  readonly weights: string
  readonly sources: (name: string) => readonly Source[]
}

/** A component is [library, class]; [null, null] where the pipeline does without. */
const component = z.tuple([z.string().nullable(), z.string().nullable()]).nullish()

const indexFields = z.object({
  _class_name: z.string().default('StableDiffusionXLPipeline'),
  unet: component,
  text_encoder: component,
  text_encoder_2: component,
  // The pipelines' own defaults.
  force_zeros_for_empty_prompt: z
    .boolean()
    .nullish()
    .transform((zeros) => zeros ?? true),
  requires_aesthetics_score: z
    .boolean()
    .nullish()
    .transform((score) => score ?? false),
})

async function readModelIndex(path: string): Promise<z.infer<typeof indexFields>> {
  const entries = await names(path)
  if (!entries.includes('model_index.json')) {
    const file = entries.find((name) => name.endsWith('.safetensors'))
    let mend = 'name a .safetensors file, or the folder that holds model_index.json'
    if (file) mend = `name the file in it, ${join(path, file)}`
    // A network's own folder, such as unet, has a config.json.
    if (entries.includes('config.json')) mend = `name the folder above it, ${join(path, '..')}`
    throw new Failure(
      'checkpoint-invalid',
      `${path} is a folder without model_index.json, so it is no diffusers checkpoint: ${mend}.`,
    )
  }
  const indexPath = join(path, 'model_index.json')
  const index = parseFields(indexFields, await readJson(indexPath), indexPath)
  const what = otherModel(index)
  if (what) {
    throw new Failure(
      'checkpoint-unsupported',
      `${path}: this is ${what}: this engine runs SDXL, so name an SDXL checkpoint.`,
    )
  }
  return index
}

/** By the parts that the pipeline lists; one that lists none is taken at its class's word. */
function otherModel(index: z.infer<typeof indexFields>): string | undefined {
  const [unet, first, second] = [index.unet, index.text_encoder, index.text_encoder_2].map(
    (part) => part?.[1] != null,
  )
  const name = index._class_name
  if (unet && first && second) return undefined
  if (unet && first) return `SD 1.5 or 2 (${name}, without a second text encoder)`
  if (unet && second) return `the SDXL refiner (${name}, without a first text encoder)`
  if (!unet && !first && !second && name.startsWith('StableDiffusionXL')) return undefined
  return `another kind of model (${name})`
}

async function readScheduler(path: string) {
  const present = (await names(join(path, '..'))).includes('scheduler_config.json')
  return readSchedulerConfig(present ? await readJson(path) : undefined, path)
}

/** The names in a folder; none where there is no such folder. */
async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch {
    return []
  }
}
