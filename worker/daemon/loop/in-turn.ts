/** One at a time, in the order of asking: an engine draws one order, and the next waits ready. */
import { unlessAborted } from '#worker/engine/unless-aborted.ts'

export type InTurn = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>

/** Whoever's signal is aborted no longer waits, and loses its turn. */
export function createInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (work, signal) => {
    const turn = last.then(() => {
      signal.throwIfAborted()
      return work()
    })
    last = turn.catch(() => {})
    return unlessAborted(turn, signal)
  }
}
