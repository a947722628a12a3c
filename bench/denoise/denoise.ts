/** Bench `denoise`: whole pictures through the engine, stage by stage and evaluation by evaluation. */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { Device } from '#worker/engine/session.ts'
import { fullSizeCheckpoint } from '../full-size-checkpoint.ts'
import { alternate } from '../measure/alternate.ts'
import { placeOf } from '../measure/device.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { load } from '../measure/machine.ts'
import { begin, keepResults } from '../measure/results.ts'
import { besidePeak } from '../roofline/beside-peak.ts'
import { type DenoiseTask, denoiseFound } from './denoise-task.ts'
import { type Kind, kinds } from './kinds.ts'
import { type Round, sides, summarise, table } from './summary.ts'

export interface DenoiseOptions {
  readonly rounds: number
  /** Whole pictures a process. */
  readonly runs: number
  readonly kinds: readonly Kind[]
  readonly device: Device
  /** Pixels on each side; by default SDXL's own 1024 on a GPU, 256 on a CPU. */
  readonly side: number | undefined
  /** diffusers' pipeline too, in the same run: 14 GB of memory on a CPU. */
  readonly peer: boolean
  readonly python: string | undefined
  readonly checkpoint: string | undefined
}

/** Prints a table; the last line is one JSON object. There is no gate here: `target` has them. */
export async function benchDenoise(
  options: DenoiseOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const { device } = options
  const circumstances = begin()
  const checkpoint = resolve(options.checkpoint ?? (await fullSizeCheckpoint(print)))
  const side = options.side ?? (device === 'cpu' ? 256 : 1024)
  const { found: rounds, peak } = await besidePeak(device, () =>
    run(options, { checkpoint, device, side }, print),
  )

  const subjects = summarise(rounds, { device, side, peak })
  for (const line of table(subjects)) print(line)
  const [guided, unguided] = (['modify', 'turbo'] as const).map(
    (kind) =>
      subjects.find((subject) => subject.kind === kind && subject.side === 'ours')?.evaluationMs,
  )
  const guidedRatio = guided && unguided && guided.median / unguided.median
  if (guidedRatio) print(`a guided evaluation is ${guidedRatio.toFixed(2)} unguided ones`)

  const results = await keepResults(`denoise-${placeOf(device)}-${side}`, circumstances, {
    peer: rounds.find((round) => round.side === 'peer')?.versions ?? {},
    what: `whole pictures of ${side}×${side} through the engine, after a first one in each process`,
    device,
    side,
    isRandom: !options.checkpoint,
    peak,
    guidedRatio,
    subjects,
    raw: rounds,
  })
  const totals = subjects.map((subject) => [
    `${subject.kind}, ${subject.side}`,
    Math.round(subject.totalMs.median),
  ])
  const totalMs = Object.fromEntries(totals)
  print(JSON.stringify({ bench: 'denoise', device, side, totalMs, guidedRatio, results }))
  return true
}

/** Each kind of picture on each side, in turn, `rounds` times, in a process of its own. */
async function run(
  { rounds, runs, kinds: asked, peer, python }: DenoiseOptions,
  on: Pick<DenoiseTask, 'checkpoint' | 'device' | 'side'>,
  print: (line: string) => void,
): Promise<Round[]> {
  const turns = kinds
    .filter((kind) => asked.includes(kind))
    .flatMap((kind) => sides.map((whose) => ({ kind, whose })))
    .filter(({ whose }) => peer || whose === 'ours')
  const done: Round[] = []
  for (const { kind, whose } of alternate(turns, rounds)) {
    const task: DenoiseTask = { ...on, kind, runs, threads: availableParallelism() }
    const script = whose === 'peer' ? '../peer/pipeline.py' : 'denoise-once.ts'
    const found = await freshProcess({
      script: new URL(script, import.meta.url),
      task,
      found: denoiseFound,
      ...(python && { python }),
    })
    done.push({ kind, side: whose, ...found, loadAverage: load() })
    const times = found.runs.map(({ totalMs }) => (totalMs / 1000).toFixed(2)).join(' ')
    print(`${kind}, ${whose}: ${times} s`)
  }
  return done
}
