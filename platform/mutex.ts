/** Work of which only one may be under way at a time, in the order of asking. */

export interface Mutex {
  /** Begins once all that was asked before has ended, however it did. */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>
  /** Resolves, never rejects, once all that has been asked so far has ended. */
  readonly idle: () => Promise<void>
}

export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve()
  return {
    run(work) {
      const turn = last.then(work)
      last = turn.catch(() => {})
      return turn
    },
    async idle() {
      await last
    },
  }
}
