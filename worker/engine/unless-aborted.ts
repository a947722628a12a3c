/** Waiting that a signal can end, for what cannot be ended itself. */
import { Failure } from '#contract'

/** Rejects with `cancelled` as soon as `signal` is aborted; `work` goes on, and how it ends is nobody's concern then. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const cancel = () => reject(cancelled())
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel))
  })
}

export const cancelled = (): Failure => new Failure('cancelled', 'The run was cancelled.')
