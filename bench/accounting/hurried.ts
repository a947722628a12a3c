/** An outbox whose clock runs fast: what its callers let wait for minutes waits for seconds. */
import type { Callbacks } from '#contract'

export function hurried(callbacks: Callbacks, times: number): Callbacks {
  return {
    due: ({ count, leaseMs }) => callbacks.due({ count, leaseMs: Math.ceil(leaseMs / times) }),
    done: callbacks.done,
    later: (owed, delayMs) => callbacks.later(owed, delayMs / times),
    putBack: (owed, delayMs) => callbacks.putBack(owed, delayMs / times),
  }
}
