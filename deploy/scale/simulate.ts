/** A day of jobs against pods that come and go by a decider: seeded, in steps of a quarter of a second. */
import type { Decider, Look } from './decide.ts'

export interface Day {
  readonly seconds: number
  /** Jobs a second at a moment. */
  readonly rate: (at: number) => number
  /** Of a job, in seconds, by a number from 0 to 1. */
  readonly service: (random: number) => number
  /** From the order of a pod to its first job. */
  readonly coldStartSeconds: number
  readonly lookEverySeconds: number
  readonly pods: number
  readonly seed: number
}

export interface DayReport {
  /** For how long each job waited, in order of arrival. */
  readonly waits: readonly { readonly at: number; readonly seconds: number }[]
  /** Each change: when, and to how many pods. */
  readonly changes: readonly { readonly at: number; readonly pods: number }[]
  readonly podHours: number
}

const STEP = 0.25

export function simulate(day: Day, decide: Decider): DayReport {
  const random = mulberry32(day.seed)
  const waits: DayReport['waits'][number][] = []
  const changes: DayReport['changes'][number][] = []
  const queue: { readonly at: number; readonly service: number }[] = []
  let pods = Array.from({ length: day.pods }, () => ({ from: 0, freeAt: 0 }))
  let [podSeconds, served, servedSeconds, nextLook] = [0, 0, 0, 0]
  for (let at = 0; at < day.seconds; at += STEP) {
    for (let n = poisson(day.rate(at) * STEP, random); n > 0; n--) {
      queue.push({ at, service: day.service(random()) })
    }
    for (const pod of pods) {
      if (pod.from > at || pod.freeAt > at) continue
      const job = queue.shift()
      if (!job) break
      waits.push({ at: job.at, seconds: at - job.at })
      pod.freeAt = at + job.service
      served++
      servedSeconds += job.service
    }
    podSeconds += pods.length * STEP
    if (at < nextLook) continue
    nextLook = at + day.lookEverySeconds
    const mean = served === 0 ? 0 : servedSeconds / served
    const { pods: wanted } = decide(lookAt(at, pods, queue.length * mean))
    if (wanted === pods.length) continue
    changes.push({ at, pods: wanted })
    for (let n = pods.length; n < wanted; n++) {
      pods.push({ from: at + day.coldStartSeconds, freeAt: 0 })
    }
    // One that leaves ends the job that it has: its time was counted as the job began.
    pods = pods.slice(0, wanted)
  }
  return { waits, changes, podHours: podSeconds / 3_600 }
}

function lookAt(
  at: number,
  pods: readonly { readonly from: number; readonly freeAt: number }[],
  waitingSeconds: number,
): Look {
  const taking = pods.filter(({ from }) => from <= at)
  const held = taking.reduce((sum, { freeAt }) => sum + Math.max(0, freeAt - at), 0)
  return {
    ...{ at, taking: taking.length, pods: pods.length },
    busy: taking.filter(({ freeAt }) => freeAt > at).length,
    waitSeconds: taking.length === 0 ? undefined : (waitingSeconds + held) / taking.length,
  }
}

/** Knuth's: for small means. */
function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean)
  let [count, product] = [0, random()]
  for (; product > limit; product *= random()) count++
  return count
}

/** Public domain, by Tommy Ettinger: 32 bits of state, enough for a simulation. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
