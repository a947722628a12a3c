/** Bench `open`: from nothing to five open sessions on a checkpoint of SDXL's true size. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fullSizeCheckpoint } from '../full-size-checkpoint.ts'
import { alternate } from '../measure/alternate.ts'
import { warm } from '../measure/file-cache.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { begin, keepResults } from '../measure/results.ts'
import { median, summary } from '../measure/statistics.ts'
import { type OpenFound, type OpenTask, openFound } from './open-task.ts'

export interface OpenOptions {
  readonly rounds: number
  readonly checkpoint: string | undefined
}

/** DESIGN section 8: folding and prepacking off, and no byte copied to disk. */
export const MOST_MS = 5000

/** Wake-ups between threads are writes of 8 bytes too; the least copy of any weight is far more. */
const MOST_WRITTEN = 2 ** 16

type WeightUse = OpenTask['weights']

/** Prints a table; the last line is one JSON object. Whether the gate holds. */
export async function benchOpen(
  options: OpenOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const circumstances = begin()
  const checkpoint = options.checkpoint ?? (await fullSizeCheckpoint(print))
  print('reading the checkpoint once, so that the file cache is warm')
  await warm(checkpoint)
  const found = await openings(checkpoint, options.rounds)

  const inPlace = found['in-place']
  const copied = inPlace.some(
    ({ traffic, temporaryBytes }) =>
      traffic.toDisk > 0 || traffic.written > MOST_WRITTEN || temporaryBytes > 0,
  )
  const medianMs = median(inPlace.map(({ sinceLaunchMs }) => sinceLaunchMs))
  const passes = medianMs <= MOST_MS && !copied
  const verdict = passes ? 'PASS' : 'FAIL'
  for (const line of table(found)) print(line)
  const path = await keepResults('open-cpu', circumstances, {
    checkpoint: { bytes: (await stat(checkpoint)).size, isRandom: !options.checkpoint },
    fileCache: 'warm',
    gate: { mostMs: MOST_MS, mostWritten: MOST_WRITTEN },
    summary: {
      'in-place': summaryOf(inPlace),
      default: summaryOf(found.default),
    },
    verdict,
    raw: found,
  })
  const openMs = Math.round(median(inPlace.map((opening) => opening.openMs)))
  print(
    JSON.stringify({
      bench: 'open',
      verdict,
      openMs,
      sinceLaunchMs: Math.round(medianMs),
      copiedToDisk: copied,
      results: path,
    }),
  )
  return passes
}

async function openings(
  checkpoint: string,
  rounds: number,
): Promise<Record<WeightUse, OpenFound[]>> {
  const found: Record<WeightUse, OpenFound[]> = { 'in-place': [], default: [] }
  for (const weights of alternate<WeightUse>(['in-place', 'default'], rounds)) {
    const temporary = await mkdtemp(join(tmpdir(), 'i2i-bench-open-'))
    try {
      const task: OpenTask = { checkpoint, weights, threads: availableParallelism(), temporary }
      const script = new URL('open-once.ts', import.meta.url)
      found[weights].push(await freshProcess({ script, task, found: openFound }))
    } finally {
      await rm(temporary, { recursive: true })
    }
  }
  return found
}

function summaryOf(openings: readonly OpenFound[]) {
  return {
    openMs: summary(openings.map(({ openMs }) => openMs)),
    sinceLaunchMs: summary(openings.map(({ sinceLaunchMs }) => sinceLaunchMs)),
    stages: Object.fromEntries(stagesOf(openings)),
    anonymousMb: median(openings.map(({ memory }) => memory.anonymousMb)),
    peakMb: median(openings.map(({ memory }) => memory.peakMb)),
  }
}

/** The median of each stage, in order. */
function stagesOf(openings: readonly OpenFound[]): [string, number][] {
  const names = Object.keys(openings[0]?.stages ?? {})
  return names.map((name) => [name, median(openings.map(({ stages }) => stages[name] ?? 0))])
}

function* table(found: Record<WeightUse, readonly OpenFound[]>): Generator<string> {
  const row = (name: string, values: readonly (string | number)[]) =>
    name.padEnd(24) + values.map((value) => String(value).padStart(12)).join('')
  const both = [found['in-place'], found.default] as const
  const medians = (of: (opening: OpenFound) => number) =>
    both.map((openings) => Math.round(median(openings.map(of))))
  yield row('median, ms', ['in place', 'default'])
  for (const [stage] of stagesOf(found['in-place'])) {
    // Both tokenizers are read after the last session, so their time is in it.
    const label = stage === 'vaeDecoder' ? 'vaeDecoder, tokenizers' : stage
    yield row(
      label,
      medians(({ stages }) => stages[stage] ?? 0),
    )
  }
  yield row(
    'header and sessions',
    medians(({ openMs }) => openMs),
  )
  yield row(
    'since process launch',
    medians(({ sinceLaunchMs }) => sinceLaunchMs),
  )
  yield row(
    'anonymous memory, MB',
    medians(({ memory }) => memory.anonymousMb),
  )
  yield row(
    'peak memory, MB',
    medians(({ memory }) => memory.peakMb),
  )
  yield row(
    'bytes sent to disk',
    medians(({ traffic }) => traffic.toDisk),
  )
  yield row(
    'bytes in write calls',
    medians(({ traffic }) => traffic.written),
  )
}
