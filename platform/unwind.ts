/** What a part has opened, closed in the opposite order: `AsyncDisposableStack`, which Node 20 has not. */

export interface Unwind extends AsyncDisposable {
  /** To be closed before all that was opened before it. @returns what was given. */
  readonly use: <Opened extends AsyncDisposable>(opened: Opened) => Opened
  /** All is open: from here on what is returned closes it, and this does nothing any more. */
  readonly keep: () => () => Promise<void>
}

export function createUnwind(): Unwind {
  let opened: AsyncDisposable[] = []
  return {
    use(one) {
      opened.push(one)
      return one
    },
    keep() {
      const kept = opened
      opened = []
      return () => close(kept)
    },
    [Symbol.asyncDispose]: () => close(opened),
  }
}

/** All of it, whatever one of them throws; the first that was thrown is thrown then. */
async function close(opened: AsyncDisposable[]): Promise<void> {
  const errors: unknown[] = []
  for (let last = opened.pop(); last !== undefined; last = opened.pop()) {
    try {
      await last[Symbol.asyncDispose]()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
