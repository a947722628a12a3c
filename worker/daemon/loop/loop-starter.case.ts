/** Loops for tests, on whatever queue: real in all but what draws. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { type HealthReport, readHealthReport } from '#contract'
import type { QueueMaker, QueueUnderTest } from '../../../contract/queue/queue.case.ts'
import type { Draw } from '../draw.ts'
import { drawnAs, idOf, type TestWorkshop, testWorkshop } from '../workshop.case.ts'
import type { Workshop } from '../workshop.ts'
import { type LoopOptions, runLoop } from './loop.ts'

export const LEASE_MS = 30_000

export interface StartedLoop {
  readonly done: Promise<'drained' | 'overrun'>
  /** The outcome of each job, in the order in which they ended. */
  readonly ended: readonly string[]
  readonly drain: () => void
  readonly kill: () => void
}

/** Call within `describe`: queues and the workshop live as long as its tests. */
export function loopStarter(open: () => Promise<QueueMaker>): {
  readonly newQueue: () => QueueUnderTest
  readonly workshop: () => TestWorkshop
  readonly start: (
    on: Pick<LoopOptions, 'queue'>,
    given?: Partial<Workshop>,
    options?: Partial<LoopOptions>,
  ) => StartedLoop
} {
  let maker: QueueMaker
  let made: TestWorkshop
  beforeAll(async () => {
    maker = await open()
    made = await testWorkshop()
  })
  afterAll(async () => {
    await maker[Symbol.asyncDispose]()
    await made[Symbol.asyncDispose]()
  })
  return {
    newQueue: () =>
      maker.make({ settings: { leaseMs: LEASE_MS, blockMs: 200 }, idOf, random: () => 1 }),
    workshop: () => made,
    start({ queue }, given = {}, options = {}) {
      const draining = new AbortController()
      const killing = new AbortController()
      const ended: string[] = []
      const done = runLoop({
        queue,
        worker: queue.worker(options.worker?.name ?? 'a'),
        workshop: { ...made.workshop, ...given },
        drain: draining.signal,
        kill: killing.signal,
        beatMs: 30,
        drainMs: 5_000,
        onEnded: ({ outcome }) => ended.push(outcome),
        ...options,
      })
      onTestFinished(async () => {
        draining.abort()
        killing.abort()
        await done
      })
      return { done, ended, drain: () => draining.abort(), kill: () => killing.abort() }
    },
  }
}

export const endedAre = (loop: Pick<StartedLoop, 'ended'>, count: number) =>
  expect.poll(() => loop.ended.length).toBe(count)

/** A stub that waits until it is released, and counts how often it began. */
export function gated() {
  const seen: string[] = []
  let isOpen = false
  const held: Draw = async (order, { signal }) => {
    seen.push(String(seen.length + 1))
    while (!isOpen) {
      signal.throwIfAborted()
      await sleep(5)
    }
    return drawnAs(order)
  }
  const release = () => {
    isOpen = true
  }
  return { seen, draw: { held, release } }
}

/** What its only worker said at its last beat. */
export const reportOf =
  (queue: LoopOptions['queue']) => async (): Promise<HealthReport | undefined> => {
    const [worker] = await queue.workers()
    return readHealthReport(worker?.health)
  }

export async function idsWaiting(queue: LoopOptions['queue']): Promise<(string | undefined)[]> {
  const elements = await queue.byHand.waiting({ from: 0, count: 100 })
  return elements.map(({ raw = '' }) => idOf(raw)?.id)
}
