/** Waits until nothing is on its way any more: callbacks sent again, finishes that waited for a link, second copies. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue } from '#contract'
import { openIn } from './books.ts'
import type { Gateways } from './gateways.ts'
import { owedSettlements } from './hurry-owed.ts'

const MOST_UNREST_MS = 30_000
const LOOK_MS = 50

/** Gives up after half a minute: what is open then is found so. */
export async function quiet(queue: Queue, gateways: Gateways | undefined): Promise<void> {
  const until = performance.now() + MOST_UNREST_MS
  while (performance.now() < until) {
    const { waiting, delayed, active, owedCallbacks } = await queue.depth()
    // A database that has just come back has ended the connections that there were.
    const open = gateways ? await openOf(gateways).catch(() => 1) : 0
    if (waiting + delayed + active + owedCallbacks + open === 0) return
    await sleep(LOOK_MS)
  }
}

async function openOf({ database, redis }: Gateways): Promise<number> {
  return (await openIn(database)) + (await owedSettlements(redis))
}
