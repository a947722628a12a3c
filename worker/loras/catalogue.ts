/** The operator's catalogue of LoRAs: what a job may ask for by id, so that no job ever names a file. */
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Failure, type JobLora, messageOf, type TurboPreset, turboPresets } from '#contract'
import { nearestName } from '#models/checkpoints/nearest-name.ts'
import type { AskedLora } from '#models/lora/open-loras.ts'
import { parseCatalogue, type WrittenEntry } from './catalogue-file.ts'

export interface CatalogueEntry {
  readonly id: string
  /** Absolute. */
  readonly path: string
  /** Where a job names none. */
  readonly strength: number
  /** For people. */
  readonly name: string
  /** Words that a prompt must have for it to show. */
  readonly trigger: string | undefined
  /** Of one that was distilled to few steps. */
  readonly preset: TurboPreset | undefined
}

export interface TurboOffer {
  readonly preset: TurboPreset
  /** What a job of quality turbo runs with. */
  readonly loras: readonly AskedLora[]
}

export interface LoraCatalogue {
  /** Absolute. */
  readonly path: string
  readonly entries: readonly CatalogueEntry[]
  /**
   * As many, in the same order. A strength that is asked for stands in place of the entry's, as a weight in the
   * web UI's `<lora:sea:0.5>` does: it is not a factor of it. Throws `request-invalid` for an id that is not here,
   * naming the nearest.
   */
  resolve(asked: readonly JobLora[]): readonly AskedLora[]
  /**
   * What quality turbo is for a job with these LoRAs. One of them that is distilled decides it; else the first
   * distilled entry does and is added. Undefined where no entry is.
   */
  turbo(chosen: readonly AskedLora[]): TurboOffer | undefined
}

/**
 * Reads the file once, and looks whether the LoRAs are there. Throws `checkpoint-invalid` that names every problem
 * with its entry. Whether they fit a checkpoint is for `requireFit` to say.
 */
export async function readCatalogue(path: string): Promise<LoraCatalogue> {
  const { entries: written, problems } = parseCatalogue(await textOf(path))
  const entries = written.map((entry) => catalogueEntry(entry, dirname(path)))
  const missing = await Promise.all(entries.map(missingFile))
  const all = [...problems, ...missing.flatMap((problem) => problem ?? [])]
  if (all.length > 0) {
    throw new Failure('checkpoint-invalid', `The LoRA catalogue ${path}: ${all.join('; ')}.`)
  }
  return {
    path,
    entries,
    resolve: (asked) => asked.map((lora) => resolveOne(lora, entries)),
    turbo: (chosen) => turboOffer(chosen, entries),
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const mend = 'Set LORA_CATALOGUE to a JSON file, or to nothing.'
    const message = `The LoRA catalogue ${path} cannot be read (${messageOf(cause)}). ${mend}`
    throw new Failure('checkpoint-invalid', message, { cause })
  }
}

function catalogueEntry(written: WrittenEntry, folder: string): CatalogueEntry {
  const { id, file, strength, name = id, trigger, distillation, steps } = written
  const usual = distillation && turboPresets[distillation]
  const preset = usual && { ...usual, steps: steps ?? usual.steps }
  return { id, path: resolve(folder, file), strength, name, trigger, preset }
}

async function missingFile({ id, path }: CatalogueEntry): Promise<string | undefined> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  return isFile ? undefined : `${id}: there is no file ${path}`
}

function resolveOne({ id, strength }: JobLora, entries: readonly CatalogueEntry[]): AskedLora {
  const entry = entries.find((candidate) => candidate.id === id)
  if (entry) return { path: entry.path, strength: strength ?? entry.strength }
  const ids = entries.map((each) => each.id)
  // The full stop, because names are otherwise sought among those of the same ending.
  const nearest = nearestName(
    `${id}.`,
    ids.map((each) => `${each}.`),
  )?.slice(0, -1)
  const meant =
    nearest === undefined ? 'It is empty.' : `The nearest is ${nearest}; all are ${ids.join(', ')}.`
  throw new Failure('request-invalid', `There is no LoRA ${id} in the catalogue. ${meant}`)
}

function turboOffer(
  chosen: readonly AskedLora[],
  entries: readonly CatalogueEntry[],
): TurboOffer | undefined {
  const distilled = entries.filter(({ preset }) => preset)
  const own = distilled.find(({ path }) => chosen.some((lora) => lora.path === path))
  const { preset, path, strength } = own ?? distilled[0] ?? {}
  if (!preset || path === undefined || strength === undefined) return undefined
  return { preset, loras: own ? chosen : [...chosen, { path, strength }] }
}
