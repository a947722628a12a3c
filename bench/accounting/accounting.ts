/** Whether the queue loses nothing and finishes nothing twice while workers, Redis and links are harmed. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue } from '#contract'
import { type Felt, gather } from './gather.ts'
import { harm } from './harm.ts'
import { balance, type Ledger } from './ledger.ts'
import { poisonPlaces } from './plan.ts'
import { type Pushed, produce } from './produce.ts'
import { LEASE_MS } from './settings.ts'
import { type Stage, setStage } from './stage.ts'

export interface AccountingOptions {
  readonly jobs: number
  readonly seed: number
  readonly signal: AbortSignal
  readonly watch: Watch
}

export interface Watch {
  /** Something has happened. */
  readonly state: (text: string) => void
  /** How many are delivered, several times a second. */
  readonly progress: (delivered: number) => void
}

export interface Account extends Ledger {
  /** SIGKILLs, of workers and of Redis. */
  readonly kills: number
  /** How many were pushed of what kills whoever draws it. */
  readonly poison: number
  /** Files that attempts left which had come to their end. */
  readonly forgotten: number
  readonly felt: Felt
}

/**
 * Starts a Redis, producers and workers of its own, and ends them all. A run that stands still for two minutes is
 * over, and what was not delivered by then is lost. Throws the signal's reason, and where a worker ends by itself.
 */
export async function account(options: AccountingOptions): Promise<Account> {
  const { jobs, seed, watch } = options
  await using stage = await setStage({ seed, leaseMs: LEASE_MS })
  const { receiver, crew, server, queue, reference } = stage
  const pushed: Pushed = { acknowledged: new Set(), poison: new Set() }
  const { delivered } = receiver
  const all = jobs + poisonPlaces(jobs).size
  watch.state(`${jobs} jobs under seed ${seed}, and ${all - jobs} that are poison`)

  const ending = new AbortController()
  const signal = AbortSignal.any([options.signal, ending.signal])
  const harmed = {
    ...{ crew, server, workers: stage.workers, links: stage.links },
    share: () => delivered() / all,
    note: watch.state,
  }
  const work = Promise.all([
    harm(seed, harmed, signal),
    produce({ redis: stage.forProducers, jobs, seed, reference, pushed, delivered, signal }),
  ])
  try {
    // The work goes on until it is told to end, so that it is first only where it fails.
    await Promise.race([allDelivered(all, stage, options), crew.broken, work])
  } finally {
    ending.abort()
    await Promise.allSettled([work])
  }
  options.signal.throwIfAborted()
  const [kills] = await work
  watch.state(`${delivered()} of ${all} delivered, ${kills} kills`)
  await quiet(queue)
  await crew[Symbol.asyncDispose]()
  const { evidence, forgotten, felt } = await gather(stage, pushed)
  return { ...balance(evidence), kills, poison: pushed.poison.size, forgotten, felt }
}

const STANDSTILL_MS = 120_000
const LOOK_MS = 50

/** Ends early where nothing has come for long. */
async function allDelivered(
  all: number,
  { receiver }: Stage,
  { signal, watch }: AccountingOptions,
): Promise<void> {
  let seen = 0
  let since = performance.now()
  while (seen < all && performance.now() - since < STANDSTILL_MS) {
    await sleep(LOOK_MS)
    signal.throwIfAborted()
    const now = receiver.delivered()
    if (now === seen) continue
    seen = now
    since = performance.now()
    watch.progress(seen)
  }
}

const MOST_UNREST_MS = 30_000

/** Whatever is still on its way arrives: callbacks sent again, finishes that waited for a link, second copies. */
async function quiet(queue: Queue): Promise<void> {
  const until = performance.now() + MOST_UNREST_MS
  while (performance.now() < until) {
    const { waiting, delayed, active, owedCallbacks } = await queue.depth()
    if (waiting + delayed + active + owedCallbacks === 0) return
    await sleep(LOOK_MS)
  }
}
