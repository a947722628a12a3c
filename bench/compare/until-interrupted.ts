/** Work that cleans up behind itself when a person or the system ends it. */
import { Failure } from '#contract'

/** Aborts the work's signal when the process is told to end, and rejects once the work has ended. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = () => controller.abort(new Failure('cancelled', 'The bench was interrupted.'))
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, stop)
  try {
    return await work(controller.signal)
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}
