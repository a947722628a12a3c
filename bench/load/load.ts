/** Bench `load`: jobs at times that are kept whatever is answered, against a running gateway, and what became of them. */
import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { begin, keepResults } from '../measure/results.ts'
import { drawKept } from '../plots/plots.ts'
import { RESULTS } from '../target/target.ts'
import { type Arrival, type Mix, poissonArrivals, readRecording, recordingOf } from './arrivals.ts'
import { type EndedJob, openClient } from './ask-gateway.ts'
import { missedGoals } from './goals.ts'
import { createMemoryWatch } from './memory-watch.ts'
import { summarise } from './summary.ts'
import { summaryLines } from './table.ts'

export interface LoadOptions {
  readonly gateway: string
  readonly key: string | undefined
  readonly reference: string
  /** Jobs a second; undefined: `share` of what the engines can do. */
  readonly rate: number | undefined
  readonly share: number
  readonly minutes: number
  readonly mix: Mix
  readonly steps: number | undefined
  readonly seed: number
  readonly engines: number
  readonly dollarsAnHour: number | undefined
  /** Pages of metrics whose processes’ memory is watched. */
  readonly metrics: readonly string[]
  readonly replay: string | undefined
  readonly record: string | undefined
}

/** Of each mode at once, one for each minute that follows: a machine that is at work for long is slower than at first. */
const LEAST_CALIBRATION = 8
const MOST_CALIBRATION = 40
const TELL_EVERY_MS = 10_000

/** The last line is one JSON object. Whether every goal was reached. */
export async function benchLoad(
  options: LoadOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const circumstances = begin()
  const stop = new AbortController()
  const { gateway: origin, key, reference, steps, engines, dollarsAnHour } = options
  const client = await openClient({ origin, key, reference, steps, signal: stop.signal })
  const arrivals = await plan(options, client.run, print)
  if (options.record !== undefined) await writeFile(options.record, recordingOf(arrivals))
  const seconds = arrivals.at(-1)?.at ?? 0
  print(`${arrivals.length} jobs in ${(seconds / 60).toFixed(1)} minutes`)

  const memory = createMemoryWatch(options.metrics)
  const jobs = await runAll(arrivals, client.run, print)
  const growth = await memory.end()
  const summary = summarise(jobs, { seconds, engines, dollarsAnHour })
  for (const line of summaryLines(summary, growth)) print(line)
  const missed = missedGoals(summary, growth)
  const verdict = missed.length === 0 ? 'PASS' : 'FAIL'
  const { mix, seed, minutes, rate } = options
  const share = rate === undefined ? options.share : undefined
  const path = await keepResults('load', circumstances, {
    ...{ mix, seed, minutes, share, rate, engines, dollarsAnHour, replay: options.replay },
    ...{ summary, memory: growth, missed, verdict },
  })
  const figure = await drawKept('load.svg', RESULTS)
  print(
    JSON.stringify({
      bench: 'load',
      verdict,
      missed,
      fallbacks: summary.fallbacks,
      wait: summary.wait,
      results: path,
      figure,
    }),
  )
  return verdict === 'PASS'
}

type Run = (arrival: Arrival, due: number) => Promise<EndedJob>

async function plan(
  options: LoadOptions,
  run: Run,
  print: (line: string) => void,
): Promise<readonly Arrival[]> {
  const { replay, minutes, mix, seed, share } = options
  if (replay !== undefined) return await readRecording(replay)
  const rate = options.rate ?? share / (await secondsOfJob(options, run, print))
  return poissonArrivals({ rate, seconds: 60 * minutes, mix, seed })
}

/**
 * Mean of the mix, between the ends of jobs that were asked for all at once: an engine that has a line before it also
 * shares its machine with what takes jobs in and writes files, and is slower than one that is asked now and then.
 */
async function secondsOfJob(
  { mix, minutes }: LoadOptions,
  run: Run,
  print: (line: string) => void,
): Promise<number> {
  const length = Math.min(MOST_CALIBRATION, Math.max(LEAST_CALIBRATION, Math.round(minutes)))
  let [work, shares] = [0, 0]
  for (const { mode, share } of mixed(mix)) {
    const due = performance.now()
    const asked = Array.from({ length }, () => run({ at: 0, mode }, due))
    const jobs = await Promise.all(asked)
    const failed = jobs.find(({ error }) => error !== undefined)
    if (failed) throw new Error(`${mode} fails before any load: ${failed.error}`)
    // Until the first has ended, a line is not yet what the engine takes from.
    const ends = jobs.map(({ totalMs }) => totalMs).toSorted((a, b) => a - b)
    const between = ((ends.at(-1) ?? 0) - (ends[0] ?? 0)) / (length - 1)
    print(`${mode}: one in ${(between / 1_000).toFixed(3)} s, all engines together`)
    work += share * between
    shares += share
  }
  return work / shares / 1_000
}

const mixed = (mix: Mix) =>
  (['modify', 'copy', 'txt2img'] as const).flatMap((mode) => {
    const share = mix[mode] ?? 0
    return share > 0 ? [{ mode, share }] : []
  })

/** None waits for another’s answer. */
async function runAll(
  arrivals: readonly Arrival[],
  run: Run,
  print: (line: string) => void,
): Promise<EndedJob[]> {
  const started = performance.now()
  const [ended, pending]: [EndedJob[], Promise<void>[]] = [[], []]
  const timer = setInterval(() => {
    const seconds = (performance.now() - started) / 1_000
    print(`${seconds.toFixed(0)} s: ${pending.length} asked, ${ended.length} ended`)
  }, TELL_EVERY_MS)
  for (const arrival of arrivals) {
    const due = started + arrival.at * 1_000
    const early = due - performance.now()
    if (early > 0) await delay(early)
    pending.push(run(arrival, due).then((job) => void ended.push(job)))
  }
  await Promise.all(pending)
  clearInterval(timer)
  return ended
}
