/** All golden cases, checkpoint by checkpoint, as a table with one line a kind and a verdict at its end. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '#contract'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { type Variant, writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { loraNames, writeLora } from '#models/goldens/lora.ts'
import type { AskedLora } from '#models/lora/open-loras.ts'
import type { Networks } from '#pipeline/networks.ts'
import { openNetworks } from '#worker/engine/open-networks.ts'
import type { WeightUse } from '#worker/engine/session.ts'
import { type GoldenCase, type Goldens, readGoldens } from './goldens.ts'
import { runMini } from './mini.ts'
import { runQwen2 } from './qwen2.ts'
import { type Distance, runCase } from './run-case.ts'

export interface ParityOptions {
  readonly checkpoint?: string | undefined
  readonly cases?: string | undefined
  /** By default what suits each network's size. */
  readonly weights?: WeightUse | undefined
}

/** The gates of DESIGN section 8. */
export const MOST_RELATIVE_ERROR = 1e-4
export const LEAST_PSNR = 50

export interface Result extends Distance {
  readonly name: string
  readonly kind: string
}

/** Prints a table; the last line is one JSON object. Whether both gates hold. */
export async function runParity(
  options: ParityOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const { checkpoint, cases, weights } = options
  if ((checkpoint === undefined) !== (cases === undefined)) throw bothOrNeither()
  const results =
    checkpoint && cases
      ? await ofCheckpoint(opener(ALL_CORES, weights), checkpoint, cases)
      : await ofRepository(weights)
  if (results.length === 0) throw nothingToCompare(cases)
  for (const line of table(results)) print(line)
  const verdict = {
    cases: results.length,
    maxRelativeError: Math.max(...results.map(({ relativeError }) => relativeError)),
    minPsnrDb: Math.min(...results.map(({ psnr }) => psnr ?? Number.POSITIVE_INFINITY)),
  }
  print(JSON.stringify(verdict))
  return verdict.maxRelativeError <= MOST_RELATIVE_ERROR && verdict.minPsnrDb >= LEAST_PSNR
}

/** The goldens in the repository, on checkpoints that are written for the purpose. */
export async function ofRepository(weights?: WeightUse): Promise<Result[]> {
  const open = opener(ONE_THREAD, weights)
  const goldens = await readGoldens(recorded('tiny.json'))
  const folder = await mkdtemp(join(tmpdir(), 'i2i-parity-'))
  try {
    const mini = await open(await writeCheckpoint(folder, 'mini'), runMini)
    const variants = grouped<Variant, GoldenCase>(
      goldens.cases,
      ({ checkpoint = 'tiny-folder' }) => checkpoint,
    )
    // What comes of the folder must come of its other layouts too.
    const folderCases = variants.get('tiny-folder') ?? []
    variants.set('tiny-single', folderCases)
    variants.set('tiny-sharded', folderCases.filter(isNetwork))
    const results: Result[] = [...mini, ...(await runQwen2(folder, weights))]
    for (const [variant, cases] of variants) {
      const path = await writeCheckpoint(folder, variant)
      results.push(...(await open(path, (networks) => runAll(networks, goldens, cases))))
    }
    for (const name of loraNames) await writeLora(folder, name)
    const folderPath = await writeCheckpoint(folder, 'tiny-folder')
    const onV = await withNoise(await writeCheckpoint(join(folder, 'v'), 'tiny-folder'), zeroSnr)
    for (const [file, path] of [
      ['lora.json', folderPath],
      ['few-steps.json', folderPath],
      ['v-prediction.json', onV],
    ] as const) {
      const goldens = await readGoldens(recorded(file))
      results.push(...(await runAdapted(open, path, { goldens, loraFolder: folder })))
    }
    return results
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** As `v_prediction.py` has it. */
const zeroSnr = {
  prediction_type: 'v_prediction',
  rescale_betas_zero_snr: true,
  timestep_spacing: 'trailing',
}

/** A diffusers folder that says it was trained on another noise. */
async function withNoise(path: string, noise: object): Promise<string> {
  const config = join(path, 'scheduler', 'scheduler_config.json')
  const written: object = JSON.parse(await readFile(config, 'utf8'))
  await writeFile(config, JSON.stringify({ ...written, ...noise }))
  return path
}

const recorded = (name: string): string =>
  fileURLToPath(new URL(`../../models/goldens/${name}`, import.meta.url))

async function ofCheckpoint(open: Open, path: string, cases: string): Promise<Result[]> {
  return runAdapted(open, path, { goldens: await readGoldens(cases), loraFolder: dirname(cases) })
}

/** Networks are opened once for all cases that have the same LoRAs. */
async function runAdapted(
  open: Open,
  path: string,
  { goldens, loraFolder }: { goldens: Goldens; loraFolder: string },
): Promise<Result[]> {
  const results: Result[] = []
  const groups = grouped(goldens.cases, ({ loras = [] }) => JSON.stringify(loras))
  for (const cases of groups.values()) {
    const loras = (cases[0]?.loras ?? []).map(({ file, strength }) => {
      return { path: join(loraFolder, `${file}.safetensors`), strength }
    })
    const run = (networks: Networks) => runAll(networks, goldens, cases)
    results.push(...(await open(path, run, loras)))
  }
  return results
}

/** Opens a checkpoint's networks for as long as they are used. */
type Open = <T>(
  path: string,
  use: (networks: Networks) => Promise<T>,
  loras?: readonly AskedLora[],
) => Promise<T>

/** Tiny networks have nothing to share out: further threads would only spin, at twice the processor time. */
const ONE_THREAD = 1
const ALL_CORES = 0

function opener(threads: number, weights?: WeightUse): Open {
  return async (path, use, loras = []) => {
    const options = { device: 'cpu', threads, loras, ...(weights && { weights }) } as const
    await using networks = await openNetworks(await openCheckpoint(path), options)
    return await use(networks)
  }
}

async function runAll(
  networks: Networks,
  goldens: Goldens,
  cases: readonly GoldenCase[],
): Promise<Result[]> {
  const results: Result[] = []
  for (const golden of cases) {
    const { name, kind } = golden
    results.push({ name, kind, ...(await runCase(networks, goldens, golden)) })
  }
  return results
}

const isNetwork = ({ kind }: GoldenCase): boolean => kind !== 'image' && kind !== 'noise_schedule'

function* table(results: readonly Result[]): Generator<string> {
  yield 'kind               cases   worst relative error                     worst PSNR, dB'
  for (const [kind, all] of grouped(results, (result) => result.kind)) {
    const furthest = all.reduce((a, b) => (b.relativeError > a.relativeError ? b : a))
    const dimmest = all.reduce((a, b) => ((b.psnr ?? 1e9) < (a.psnr ?? 1e9) ? b : a))
    const error = `${furthest.relativeError.toExponential(1)} ${furthest.name}`
    const decibels = dimmest.psnr === undefined ? '' : `${dimmest.psnr.toFixed(1)} ${dimmest.name}`
    yield `${kind.padEnd(18)} ${String(all.length).padStart(5)}   ${error.padEnd(40)} ${decibels}`
  }
}

function grouped<K, V>(values: readonly V[], keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value])
  return groups
}

function bothOrNeither(): Failure {
  const mend = 'record them from that folder with models/goldens/make.py, and name both'
  return new Failure('request-invalid', `--checkpoint and --cases go together: ${mend}.`)
}

function nothingToCompare(cases: string | undefined): Failure {
  return new Failure('request-invalid', `${cases} has no cases: there is nothing to compare.`)
}
