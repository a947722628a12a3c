/**
 * A worker's life: it takes a job, prepares the next while the engine draws, delivers the last meanwhile, and says at
 * every beat which it holds; until it is told to drain.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Claim, Failure, type FailureCode, type Queue, type QueueWorker } from '#contract'
import type { Attempt } from './attempt.ts'
import type { Ended } from './end-attempt.ts'
import { createHeldJobs, type HeldJobs } from './held-jobs.ts'
import { createInTurn } from './in-turn.ts'
import { keepBeating } from './keep-beating.ts'
import { leave, returnUndrawn } from './leave.ts'
import { processJob } from './process-job.ts'
import { createQuarantine, type Quarantine } from './quarantine.ts'
import type { Workshop } from './workshop.ts'

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
  readonly quarantine?: Quarantine
  readonly onEnded?: (ended: Ended) => void
  /** Given, once, a way to ask how the worker does: what its beats say, and when the last was heard. */
  readonly onState?: (state: () => LoopState) => void
}

export interface LoopState {
  readonly state: State
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
  const { log } = workshop
  const held = createHeldJobs()
  const inTurn = createInTurn()
  const health = () => ({
    state: stateOf(held, { drain, quarantine }),
    jobs: held.all().length,
  })
  let beatAt: number | undefined
  const onBeat = () => {
    beatAt = performance.now()
  }
  const beats = keepBeating({ ...options, log, held, health, onBeat })
  options.onState?.(() => ({
    ...health(),
    sinceBeat: beatAt === undefined ? undefined : performance.now() - beatAt,
  }))

  const start = (claim: Claim): void => {
    const job = held.add(claim)
    const { signal, enter } = job
    const note = noteOnce(quarantine)
    const turn: Attempt['inTurn'] = (work) =>
      inTurn(async () => {
        if (quarantine.isOn()) await returnUndrawn(held, { worker, log })
        // Noted before the next one's turn begins.
        return await work().catch((error) => {
          if (error instanceof Failure) note(error.code)
          throw error
        })
      }, signal)
    processJob({ claim, worker, signal, enter, inTurn: turn }, workshop)
      .then((ended) => {
        if (ended.code) note(ended.code)
        // Held until it is given back, for that is done in order.
        if (ended.outcome === 'left') return
        held.remove(job)
        options.onEnded?.(ended)
      })
      .catch((error) => {
        held.remove(job)
        log.error('let go', { jobId: claim.id, error })
      })
  }

  while (!drain.aborted) {
    if (quarantine.isOn()) await returnUndrawn(held, { worker, log })
    if (quarantine.isOn() || !hasRoom(held)) {
      await held.change({ mostMs: POLL_MS, signal: drain })
      continue
    }
    const claim = await take(options)
    if (claim) start(claim)
  }
  return await leave({ ...options, log, held, beats })
}

type State = 'idle' | 'busy' | 'degraded' | 'draining'

function stateOf(
  held: HeldJobs,
  { drain, quarantine }: { readonly drain: AbortSignal; readonly quarantine: Quarantine },
): State {
  if (drain.aborted) return 'draining'
  if (quarantine.isOn()) return 'degraded'
  return held.all().length > 0 ? 'busy' : 'idle'
}

function hasRoom(held: HeldJobs): boolean {
  const jobs = held.all()
  const undrawn = jobs.filter(({ stage }) => stage === 'preparing' || stage === 'drawing')
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

/** One failure of a job is seen where it happens and where the job ends. */
function noteOnce(quarantine: Quarantine): (code: FailureCode) => void {
  let isNoted = false
  return (code) => {
    if (!isNoted) quarantine.note(code)
    isNoted = true
  }
}
