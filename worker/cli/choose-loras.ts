/** Which LoRAs are added to the checkpoint, and how strongly, made of the text that was typed. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Failure, loraId, MOST_LORA_STRENGTH, type TurboPreset } from '#contract'
import type { AskedLora } from '#models/lora/open-loras.ts'
import { type LoraCatalogue, readCatalogue } from '#worker/loras/catalogue.ts'
import type { Config } from './config.ts'
import { quoted } from './option-values.ts'
import type { GivenOptions } from './options.ts'
import { distillationOf } from './plan-run.ts'

export interface ChosenLoras {
  readonly loras: readonly AskedLora[]
  /** Of the LoRA among them that quality turbo is to be had by. */
  readonly turbo: TurboPreset | undefined
}

/**
 * Each text is a file, else an id of the catalogue; quality turbo adds the catalogue's own unless the checkpoint or
 * what was typed is distilled. Throws `request-invalid` for a strength that is none from -2 to 2 and for an id that is
 * not there, `checkpoint-invalid` for a catalogue that cannot be used.
 */
export async function chooseLoras(
  given: GivenOptions,
  config: Pick<Config, 'folder' | 'loraCatalogue' | 'distillation'>,
): Promise<ChosenLoras> {
  const { folder, loraCatalogue: path } = config
  const typed = given.lora === undefined ? [] : given.lora.split(',').map(readLora)
  const wantsTurbo = given.quality === 'turbo' && !distillationOf(given, config)
  if (typed.length === 0 && !wantsTurbo) return { loras: [], turbo: undefined }
  const catalogue = path === undefined ? undefined : await readCatalogue(resolve(folder, path))
  const loras = await Promise.all(typed.map((each) => find(each, folder, catalogue)))
  const offer = wantsTurbo ? catalogue?.turbo(loras) : undefined
  return { loras: offer?.loras ?? loras, turbo: offer?.preset }
}

interface TypedLora {
  readonly name: string
  readonly strength: number | undefined
}

function readLora(text: string): TypedLora {
  const [name, strength] = takeApart(text)
  if (name !== '') return { name, strength: strengthOf(strength, text) }
  throw refusal(`--lora needs a .safetensors file or the id of a LoRA, not ${quoted(text)}.`)
}

/** A path may have colons of its own; one that ends as a LoRA does is whole. */
function takeApart(text: string): readonly [name: string, strength?: string] {
  const colon = text.lastIndexOf(':')
  if (colon < 0 || text.endsWith('.safetensors')) return [text]
  return [text.slice(0, colon), text.slice(colon + 1)]
}

function strengthOf(text: string | undefined, typed: string): number | undefined {
  if (text === undefined) return undefined
  const strength = text.trim() === '' ? Number.NaN : Number(text)
  if (Math.abs(strength) <= MOST_LORA_STRENGTH) return strength
  const range = `from -${MOST_LORA_STRENGTH} to ${MOST_LORA_STRENGTH}`
  throw refusal(`The strength in --lora ${quoted(typed)} must be a number ${range}.`)
}

async function find(
  { name, strength }: TypedLora,
  folder: string,
  catalogue: LoraCatalogue | undefined,
): Promise<AskedLora> {
  const path = resolve(folder, name)
  const file = { path, strength: strength ?? 1 }
  // What cannot be an id is left to whoever opens the file, and says what is wrong with it.
  const isPath = name.endsWith('.safetensors') || !loraId.safeParse(name).success
  if (isPath || (await exists(path))) return file
  if (catalogue) return catalogue.resolve([{ id: name, strength }])[0] ?? file
  const mend = 'Name a .safetensors file, or set LORA_CATALOGUE to have LoRAs by id.'
  throw refusal(`There is no file ${path} for --lora ${quoted(name)}. ${mend}`)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

const refusal = (message: string): Failure => new Failure('request-invalid', message)
