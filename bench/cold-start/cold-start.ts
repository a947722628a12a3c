/** Bench `cold-start`: from the start of a process to its first picture, with the checkpoint in memory and on the disk. */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Device } from '#worker/engine/session.ts'
import { fullSizeCheckpoint } from '../full-size-checkpoint.ts'
import { alternate } from '../measure/alternate.ts'
import { placeOf } from '../measure/device.ts'
import { type Dropped, drop, warm } from '../measure/file-cache.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { begin, keepResults } from '../measure/results.ts'
import { type ColdStartTask, coldStartFound } from './cold-start-task.ts'
import { type Round, type Start, summarise, table } from './summary.ts'

export interface ColdStartOptions {
  readonly rounds: number
  readonly device: Device
  /** Pixels on each side of the picture. */
  readonly side: number
  /** diffusers too: 14 GB of memory on a CPU. */
  readonly peer: boolean
  readonly python: string | undefined
  readonly checkpoint: string | undefined
}

/** Prints a table; the last line is one JSON object. Nothing here is a gate. */
export async function benchColdStart(
  options: ColdStartOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const { device, side } = options
  const circumstances = begin()
  const checkpoint = resolve(options.checkpoint ?? (await fullSizeCheckpoint(print)))
  const rounds = await run(options, checkpoint, print)

  const rows = summarise(rounds)
  for (const line of table(rows)) print(line)
  const results = await keepResults(`cold-start-${placeOf(device)}`, circumstances, {
    peer: rounds.find(({ whose }) => whose === 'peer')?.versions ?? {},
    what: `from the start of a process to its first picture, a COPY of ${side}×${side}`,
    device,
    side,
    rows,
    raw: rounds,
  })
  const totals = rows.map(({ whose, cache, firstPictureMs }) => [
    `${whose}, ${cache}`,
    Math.round(firstPictureMs.median),
  ])
  const firstPictureMs = Object.fromEntries(totals)
  print(JSON.stringify({ bench: 'cold-start', device, side, firstPictureMs, results }))
  return true
}

async function run(
  { rounds, device, side, peer, python }: ColdStartOptions,
  checkpoint: string,
  print: (line: string) => void,
): Promise<Round[]> {
  const starts = (['ours', 'peer'] as const).flatMap((whose): Start[] => [
    { whose, cache: 'warm' },
    { whose, cache: 'cold' },
  ])
  const folder = await mkdtemp(join(tmpdir(), 'i2i-bench-cold-start-'))
  try {
    const done: Round[] = []
    const asked = starts.filter(({ whose }) => peer || whose === 'ours')
    for (const start of alternate(asked, rounds)) {
      const { whose, cache } = start
      const dropped = cache === 'cold' ? await drop(checkpoint) : undefined
      if (!dropped) await warm(checkpoint)
      const task: ColdStartTask = {
        checkpoint,
        device,
        side,
        threads: availableParallelism(),
        picture: join(folder, 'first.png'),
      }
      const script = whose === 'peer' ? '../peer/first_picture.py' : 'cold-start-once.ts'
      const spawnedAt = performance.timeOrigin + performance.now()
      const found = await freshProcess({
        script: new URL(script, import.meta.url),
        task,
        found: coldStartFound,
        ...(python && { python }),
      })
      done.push({ ...start, ...found, spawnedAt, ...(dropped && { dropped }) })
      print(
        `${whose}, ${cache}${how(dropped)}: ${((found.pictureAt - spawnedAt) / 1000).toFixed(2)} s`,
      )
    }
    return done
  } finally {
    await rm(folder, { recursive: true })
  }
}

const how = (dropped: Dropped | undefined): string => (dropped ? ` (${dropped} dropped)` : '')
