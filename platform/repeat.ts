/** Work that is done again and again beside what matters, and whose failure ends nothing. */

export interface Repeated extends AsyncDisposable {
  /** Does it now, or once more after what runs already. */
  readonly nudge: () => void
}

export interface Repetition {
  /** Milliseconds from one end to the next beginning, a fifth more or less. */
  readonly every: number
  readonly onError: (error: unknown) => void
}

/** Begins at once, and never runs twice at a time. Disposed of, it resolves when the last run has ended. */
export function repeat(work: () => Promise<unknown>, { every, onError }: Repetition): Repeated {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isWanted = false
  let isOver = false

  const run = (): void => {
    clearTimeout(timer)
    if (isOver) return
    isWanted = running !== undefined
    running ??= work()
      .catch(onError)
      .then(() => {
        running = undefined
        if (isWanted) run()
        else if (!isOver) timer = setTimeout(run, every * (0.8 + 0.4 * Math.random()))
      })
  }
  run()
  return {
    nudge: run,
    async [Symbol.asyncDispose]() {
      isOver = true
      clearTimeout(timer)
      await running
    },
  }
}
