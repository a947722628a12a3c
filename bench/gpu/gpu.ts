/**
 * Bench `gpu`: all that a machine with a GPU can tell in one go. Parts run one after the other, each in a
 * process of its own and within its own time; what fails is told, and the rest goes on.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Failure } from '#contract'
import { deviceNamed, placeOf } from '../measure/device.ts'
import { gpu } from '../measure/gpu.ts'
import { begin, keepResults, resultsText } from '../measure/results.ts'
import { listedPeak } from '../roofline/gpu-peaks.ts'
import { type Findings, findingsOf } from './findings.ts'
import { watchGpuMemory } from './gpu-memory.ts'
import { openJournal } from './journal.ts'
import type { PartReport } from './part-report.ts'
import type { Row } from './part-task.ts'
import { type Part, parts } from './parts.ts'
import { summary } from './summary.ts'
import { takeParts } from './take-parts.ts'

export interface GpuOptions {
  readonly device: string
  /** The least of everything, on a tiny checkpoint: to try the bench itself, where there is no GPU too. */
  readonly small: boolean
  /** All where none is named. */
  readonly parts: readonly string[]
  readonly limitSeconds: number
  /** By default one of SDXL's size with random weights, made here. */
  readonly checkpoint: string | undefined
}

/**
 * Keeps `gpu.json`, each row as it came and what libraries said under $OUT, or .data/gpu; the results of a
 * GPU under bench/results/ too. The last line is one JSON object. Whether everything ran, and no gate fails.
 */
export async function benchGpu(
  options: GpuOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const circumstances = begin()
  const device = deviceNamed(options.device)
  const chosen = chooseParts(options.parts)
  const out = resolve(process.env.OUT ?? '.data/gpu')
  const journal = openJournal(out, print)
  const name = `gpu-${placeOf(device)}`
  const card = gpu()
  const peak = card && listedPeak(card.name)
  const found = (reports: readonly PartReport[]) => {
    const { limitSeconds, small } = options
    const findings = findingsOf(reports, peak)
    // A copy of the working tree has no history to ask.
    const commit = process.env.COMMIT && { commit: process.env.COMMIT }
    return {
      found: { ...commit, device, small, limitSeconds, ...findings, parts: reports },
      findings,
    }
  }

  // Processes of ours are groups of their own, which a terminal's Ctrl-C does not reach.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const folder = await mkdtemp(join(tmpdir(), 'i2i-bench-gpu-'))
  const memory = await watchGpuMemory()
  try {
    const reports = await takeParts(chosen, {
      ...options,
      device,
      folders: { temporary: folder, out },
      memory,
      journal,
      gpuMemoryMb: card?.memoryMb ?? null,
      // Again after each part: there may be no other time to.
      onReport: (so) => journal.keep('gpu.json', resultsText(name, circumstances, found(so).found)),
    })
    const last = found(reports)
    for (const line of summary(reports, last.findings)) print(line)
    // A look at some parts does not take the place of all of them.
    const isWhole = device === 'cuda' && !options.small && options.parts.length === 0
    const results = isWhole
      ? await keepResults(name, circumstances, last.found)
      : join(out, 'gpu.json')
    print(JSON.stringify({ bench: 'gpu', ...last.findings.headline, results }))
    return isGood(reports, last.findings)
  } finally {
    memory[Symbol.dispose]()
    await rm(folder, { recursive: true, force: true })
  }
}

function chooseParts(names: readonly string[]): readonly Part[] {
  const known = parts.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new Failure('request-invalid', `${unknown} is no part: name ${known.join(', ')}.`)
  }
  return names.length === 0 ? parts : parts.filter(({ name }) => names.includes(name))
}

function isGood(reports: readonly PartReport[], { gates }: Findings): boolean {
  const ran = reports.every(({ ended, rows }) => ended === 'done' && !rows.some(isFailed))
  return ran && !gates.some(({ verdict }) => verdict === 'FAIL')
}

const isFailed = ({ failed }: Row): boolean => failed !== undefined
