/**
 * Serves the outbox: of every receiver's callbacks a few at once, and many receivers, so that one which does not answer
 * keeps nobody else's.
 */
import { setMaxListeners } from 'node:events'
import { type BulkheadPolicy, bulkhead } from 'cockatiel'
import type { OwedCallback } from '#contract'
import { type CallbackService, serveCallback, targetOf } from './serve-callback.ts'

/** Disposed of, it resolves when what was begun has ended: soon, where the service's signal is aborted. */
export interface Outbox extends AsyncDisposable {
  /** Takes up what is due, and waits for no receiver. Many may look at once. @returns how many it took up. */
  readonly look: () => Promise<number>
  /** Resolves when what has been taken up has ended. */
  readonly ended: () => Promise<void>
}

/** One attempt, publishing included, takes less than half of it. */
const LEASE_MS = 120_000
/** What has waited for longer in its receiver's line may lose its lease while it is sent. */
const MOST_WAIT_MS = LEASE_MS / 2
const MOST_IN_LINE = 50
/** A receiver that takes 0.3 s hears of a dozen jobs a second, and is not run over. */
const AT_ONE_RECEIVER = 4
const MOST_TAKEN = 500
const AT_ONCE = 50
/** So that a look ends, however many are owed to a receiver whose line is full. */
const MOST_BATCHES = 10
/**
 * Of what is owed to such a one: for as long again as the receiver has not answered, so that one that is gone for long
 * has not everything looked at each second.
 */
const HELD_UP_MS = { least: 1_000, most: 15_000 }

/** Callbacks to one receiver. */
interface Line {
  readonly inTurn: BulkheadPolicy
  length: number
  /** When the last one that is being sent was begun with. */
  begunAt: number
}

export function createOutbox(service: CallbackService): Outbox {
  const { callbacks, log, signal } = service
  // One listener for each that is being sent.
  if (signal) setMaxListeners(MOST_TAKEN, signal)
  const lines = new Map<string, Line>()
  /** By job, since what is told of one life of it comes before what is told of the next. */
  const taken = new Map<string, Promise<void>>()

  /** @returns how long to wait where its line is full, or the job’s callback before it is under way. */
  function takeUp(owed: OwedCallback): number | undefined {
    const name = lineOf(owed, service)
    const since = performance.now()
    const line = lines.get(name) ?? newLine(since)
    if (line.length >= MOST_IN_LINE || taken.has(owed.id)) {
      const { least, most } = HELD_UP_MS
      return Math.min(most, Math.max(least, since - line.begunAt))
    }
    lines.set(name, line)
    line.length++
    const turn = async () => {
      line.begunAt = performance.now()
      const isLate = line.begunAt - since > MOST_WAIT_MS
      // The next need not wait for this one's going back: a queue that is away would hold all of them up at the end.
      if (isLate || signal?.aborted) return { goingBack: callbacks.putBack(owed, 0) }
      await serveCallback(owed, service)
      return undefined
    }
    const serving = line.inTurn
      .execute(turn)
      .then((untried) => untried?.goingBack)
      .catch((error) => log.warn('callback not noted', { jobId: owed.id, error }))
      .finally(() => {
        taken.delete(owed.id)
        if (--line.length === 0) lines.delete(name)
      })
    taken.set(owed.id, serving)
    return undefined
  }

  const ended = async () => void (await Promise.all(taken.values()))
  return {
    async look() {
      let count = 0
      for (let batch = 0; batch < MOST_BATCHES && !signal?.aborted; batch++) {
        const room = Math.min(AT_ONCE, MOST_TAKEN - taken.size)
        if (room <= 0) break
        const due = await callbacks.due({ count: room, leaseMs: LEASE_MS })
        for (const owed of due) {
          const heldUpMs = takeUp(owed)
          if (heldUpMs === undefined) count++
          else await callbacks.putBack(owed, heldUpMs)
        }
        if (due.length < room) break
      }
      return count
    },
    ended,
    [Symbol.asyncDispose]: ended,
  }
}

const newLine = (begunAt: number): Line => ({
  inTurn: bulkhead(AT_ONE_RECEIVER, MOST_IN_LINE),
  length: 0,
  begunAt,
})

/** Those of whom nobody is told stand in one too, since their files may still be to be published. */
function lineOf(owed: OwedCallback, service: CallbackService): string {
  const url = targetOf(owed, service)
  return url === undefined ? 'nobody' : new URL(url).host
}
