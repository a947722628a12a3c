/** Whether anything is lost, finished twice or charged twice while everything that does the work is harmed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answers, ask } from './ask.ts'
import { readBooks } from './books.ts'
import { balanceGateways, type GatewayLedger } from './gateway-ledger.ts'
import { type Gateways, openGateways } from './gateways.ts'
import { type Felt, gather } from './gather.ts'
import { harm, type Kills } from './harm.ts'
import { owedSettlements } from './hurry-owed.ts'
import { balance, type Ledger } from './ledger.ts'
import { poisonPlaces } from './plan.ts'
import { type Pushed, produce } from './produce.ts'
import { quiet } from './quiet.ts'
import { LEASE_MS } from './settings.ts'
import { type Stage, setStage } from './stage.ts'

export interface AccountingOptions {
  /** Pushed by producers that are not ours; 0 where Redis is emptied, for it would have lost them by right. */
  readonly jobs: number
  /** Gateways and their Postgres are harmed too, unless left out. */
  readonly gateways?: GatewayOptions | undefined
  readonly seed: number
  readonly signal: AbortSignal
  readonly watch: Watch
}

export interface GatewayOptions {
  /** Asked of gateways, beside the others. */
  readonly jobs: number
  /** Whether Redis is emptied once. */
  readonly empties: boolean
}

export interface Watch {
  /** Something has happened. */
  readonly state: (text: string) => void
  /** How many are delivered, several times a second. */
  readonly progress: (delivered: number) => void
}

export interface Account {
  /** Of the jobs that producers pushed. */
  readonly pushed: Ledger
  /** Of those that gateways were asked for. */
  readonly asked: GatewayLedger | undefined
  readonly kills: Kills
  /** How many were pushed of what kills whoever draws it. */
  readonly poison: number
  /** Files that attempts left which had come to their end. */
  readonly forgotten: number
  readonly felt: Felt
}

/**
 * Starts a Redis, producers and workers of its own, where they are asked for a Postgres and gateways, and ends them all.
 * A run that stands still for two minutes is over, and what was not delivered by then is lost. Throws the signal's
 * reason, and where a worker or a gateway ends by itself.
 */
export async function account(options: AccountingOptions): Promise<Account> {
  await using stage = await setStage({ seed: options.seed, leaseMs: LEASE_MS })
  await using gateways = options.gateways && (await openGateways(stage))
  return await accountOn(stage, gateways, options)
}

async function accountOn(
  stage: Stage,
  gateways: Gateways | undefined,
  options: AccountingOptions,
): Promise<Account> {
  const { jobs, seed, watch } = options
  const { receiver, crew, server, queue, reference } = stage
  const { jobs: byGateways = 0, empties = false } = options.gateways ?? {}
  const pushed: Pushed = { acknowledged: new Set(), poison: new Set() }
  const answers: Answers = new Map()
  const { delivered } = receiver
  const taken = () => pushed.acknowledged.size + pushed.poison.size + answers.size
  const poison = poisonPlaces(jobs).size
  const all = jobs + byGateways + poison
  watch.state(`${all - poison} jobs under seed ${seed}, and ${poison} that are poison`)

  const ending = new AbortController()
  const signal = AbortSignal.any([options.signal, ending.signal])
  const harmed = {
    ...{ crew, server, workers: stage.workers },
    links: [...stage.links, ...(gateways ? [gateways.link] : [])],
    gateways: gateways && { ...gateways, empties },
    share: () => delivered() / all,
    note: watch.state,
  }
  const beside = { seed, reference, taken, delivered, signal }
  const work = Promise.all([
    harm(seed, harmed, signal),
    produce({ ...beside, redis: stage.forProducers, jobs, pushed }),
    gateways &&
      ask({ ...beside, urls: gateways.urls, jobs: byGateways, callback: receiver.url, answers }),
  ])
  const broken = [crew, ...(gateways ? [gateways.processes] : [])].map((each) => each.broken)
  try {
    // The work goes on until it is told to end, so that it is first only where it fails.
    await Promise.race([allDelivered(all, { receiver, watch, signal }), ...broken, work])
  } finally {
    ending.abort()
    await Promise.allSettled([work])
  }
  options.signal.throwIfAborted()
  const [kills] = await work
  watch.state(`${delivered()} of ${all} delivered`)
  await quiet(queue, gateways)
  await crew[Symbol.asyncDispose]()
  await gateways?.processes[Symbol.asyncDispose]()
  const ids = [...answers.values()].flatMap((each) => [...each])
  const { evidence, forgotten, felt } = await gather(stage, pushed, ids)
  const asked =
    gateways &&
    balanceGateways({
      ...evidence,
      ...{ answers, booked: await readBooks(gateways.database), isEmptied: empties },
      unsettled: await owedSettlements(gateways.redis),
    })
  return { pushed: balance(evidence), asked, kills, poison: pushed.poison.size, forgotten, felt }
}

const STANDSTILL_MS = 120_000
const LOOK_MS = 50

/** Ends early where nothing has come for long, and where it is told to. */
async function allDelivered(
  all: number,
  {
    receiver,
    watch,
    signal,
  }: Pick<Stage, 'receiver'> & Pick<AccountingOptions, 'watch' | 'signal'>,
): Promise<void> {
  let seen = 0
  let since = performance.now()
  while (seen < all && !signal.aborted && performance.now() - since < STANDSTILL_MS) {
    await sleep(LOOK_MS)
    const now = receiver.delivered()
    if (now === seen) continue
    seen = now
    since = performance.now()
    watch.progress(seen)
  }
}
