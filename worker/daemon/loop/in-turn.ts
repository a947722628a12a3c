/** One at a time, in the order of asking: an engine draws one order, and the next waits ready. */
import { createMutex } from '#platform/mutex.ts'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'

export type InTurn = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>

/** Whoever's signal is aborted no longer waits, and loses its turn. */
export function createInTurn(): InTurn {
  const mutex = createMutex()
  return (work, signal) => {
    const begin = async () => {
      signal.throwIfAborted()
      return await work()
    }
    return unlessAborted(mutex.run(begin), signal)
  }
}
