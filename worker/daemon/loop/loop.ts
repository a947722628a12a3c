/**
 * A worker's life: it takes a job, prepares the next while the engine draws, delivers the last meanwhile, and says at
 * every beat which it holds; until it is told to drain.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim, FailureCode, HealthReport, Queue, QueueWorker } from '#contract'
import type { Ended } from '../job/end-attempt.ts'
import type { Workshop } from '../workshop.ts'
import { beatHealth, type Machine } from './beat-health.ts'
import { beginJob } from './begin-job.ts'
import { createHandOver } from './hand-over.ts'
import { createHeldJobs, type HeldJobs } from './held-jobs.ts'
import { createInTurn } from './in-turn.ts'
import { keepBeating } from './keep-beating.ts'
import { leave, returnLeft, returnUndrawn } from './leave.ts'
import { createQuarantine, type Quarantine } from './quarantine.ts'
import { readmit } from './readmit.ts'
import { createServiceTimes } from './service-times.ts'
import { stallAfter, watchStalls } from './stalls.ts'

export interface LoopOptions {
  readonly queue: Queue
  readonly worker: QueueWorker
  readonly workshop: Workshop
  /** Aborted: takes nothing more, and ends within `drainMs`. */
  readonly drain: AbortSignal
  /** Aborted: gives everything back at once. */
  readonly kill: AbortSignal
  readonly drainMs?: number
  readonly beatMs?: number
  readonly scanMs?: number
  readonly quarantine?: Quarantine
  /** What beats say of the machine; asked at each. */
  readonly machine?: () => Machine
  /** How long a job may be drawn without a sign of life, in ms; longer than the engine's own watchdog lets it. */
  readonly stallMs?: () => number
  readonly onEnded?: (ended: Ended) => void
  /** Given, once, a way to ask how the worker does: what its beats say, and when the last was heard. */
  readonly onState?: (state: () => LoopState) => void
}

export interface LoopState {
  readonly state: HealthReport['state']
  /** Of `degraded`. */
  readonly reason: FailureCode | undefined
  readonly jobs: number
  /** In ms. */
  readonly sinceBeat: number | undefined
}

/** One is drawn, one is prepared. */
const MOST_UNDRAWN = 2
/** Pictures that wait for a slow storage hold memory. */
const MOST_HELD = 6
const POLL_MS = 1_000

/** `overrun`: not all that was begun could be ended in time, and it was given back. */
export async function runLoop(options: LoopOptions): Promise<'drained' | 'overrun'> {
  const { worker, workshop, drain, quarantine = createQuarantine() } = options
  const { machine = () => ({}), stallMs = () => stallAfter(workshop.engine?.patience) } = options
  const { log, meters } = workshop
  const held = createHeldJobs()
  const inTurn = createInTurn()
  const handOver = createHandOver()
  const times = createServiceTimes()
  const parts = { ...options, held, inTurn, handOver, quarantine, times }
  const state = () => stateOf(held, { drain, quarantine })
  const health = () =>
    beatHealth(workshop.model, machine(), {
      ...{ ...state(), jobs: held.all(), times },
      enhancement: workshop.enhancing?.health(),
    })
  meters?.watch({ report: health, pid: () => workshop.engine?.pid })
  let beatAt: number | undefined
  const onBeat = () => {
    beatAt = performance.now()
  }
  const beats = keepBeating({ ...options, log, held, health, onBeat })
  options.onState?.(() => ({
    ...state(),
    jobs: held.all().length,
    sinceBeat: beatAt === undefined ? undefined : performance.now() - beatAt,
  }))

  await using _stalls = watchStalls({
    ...{ held, stallMs, log },
    onStall({ claim }) {
      log.error('stood still', { jobId: claim.id, code: 'engine-hung' })
      quarantine.note('engine-hung')
      meters?.stalled()
      workshop.engine?.replaceHung()
    },
  })
  while (!drain.aborted) {
    if (quarantine.isOn()) await returnUndrawn(held, { worker, log })
    else await returnLeft(held, { worker, log })
    if (quarantine.isTestDue()) {
      await readmit({ workshop, quarantine, inTurn, stallMs: stallMs(), drain })
    }
    if (quarantine.isOn() || !hasRoom(held)) {
      await held.change({ mostMs: POLL_MS, signal: drain })
      continue
    }
    const claim = await take(options)
    if (claim) beginJob(claim, parts)
  }
  return await leave({ ...options, log, held, beats })
}

function stateOf(
  held: HeldJobs,
  { drain, quarantine }: { readonly drain: AbortSignal; readonly quarantine: Quarantine },
): Pick<LoopState, 'state' | 'reason'> {
  const reason = quarantine.reason()
  if (drain.aborted) return { state: 'draining', reason }
  if (quarantine.isOn()) return { state: 'degraded', reason }
  return { state: held.all().length > 0 ? 'busy' : 'idle', reason }
}

function hasRoom(held: HeldJobs): boolean {
  const jobs = held.all()
  const undrawn = jobs.filter(({ stage }) => stage === 'preparing' || stage === 'drawing')
  // What a worker died of may kill this one: a job taken beside it would share its deaths, and be buried with it.
  if (jobs.some(({ claim }) => claim.stalls > 0)) return false
  return undrawn.length < MOST_UNDRAWN && jobs.length < MOST_HELD
}

/** A queue that cannot be reached is asked again after a while. */
async function take({ worker, drain, workshop }: LoopOptions): Promise<Claim | undefined> {
  try {
    return await worker.take({ signal: drain })
  } catch (error) {
    workshop.log.warn('took nothing', { error })
    await sleep(POLL_MS, undefined, { signal: drain }).catch(() => {})
    return undefined
  }
}
