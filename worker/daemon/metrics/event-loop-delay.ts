/** How late this process's one thread comes to what it has to do: what beats and answers to probes wait for. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface EventLoopDelay extends Disposable {
  /** Since it was last asked. */
  readonly since: () => readonly { readonly quantile: string; readonly seconds: number }[]
}

/** How often it looks; what is shorter is not seen. */
const RESOLUTION_MS = 10

export function createEventLoopDelay(): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  // It counts from one look to the next, in nanoseconds.
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3)
  return {
    since() {
      if (histogram.count === 0) return []
      const found = [
        ...[0.5, 0.99, 0.999].map((quantile) => ({
          quantile: String(quantile),
          seconds: seconds(histogram.percentile(100 * quantile)),
        })),
        { quantile: '1', seconds: seconds(histogram.max) },
      ]
      histogram.reset()
      return found
    },
    [Symbol.dispose]: () => void histogram.disable(),
  }
}
