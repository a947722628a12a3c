/** Everything that goes on with jobs by itself, put together: started with the gateway, and ended with it. */
import type { Callbacks, Queue } from '#contract'
import { type Repeated, repeat } from '#platform/repeat.ts'
import { createOutbox } from '#platform/webhook/outbox.ts'
import type { CallbackService } from '#platform/webhook/serve-callback.ts'
import { answerWishes, type CancelParts } from './cancel.ts'
import { type ClientCallbackParts, createClientCallbacks } from './client-callbacks.ts'
import { type DeadlineParts, watchDeadlines } from './deadlines.ts'
import { type DispatchParts, dispatch } from './dispatch.ts'
import { createOverrunWatch } from './overruns.ts'
import { type Ages, sweepOld } from './retention.ts'
import { settleLocal } from './settle-local.ts'
import { type WatchLocalParts, watchLocal } from './watch-local.ts'

export interface JobLoopParts
  extends CancelParts,
    Omit<DeadlineParts, 'queue'>,
    Omit<WatchLocalParts, 'queue'>,
    Omit<DispatchParts, 'queue'> {
  readonly queue: Pick<
    Queue,
    'push' | 'cancel' | 'job' | 'workers' | 'byHand' | 'sweep' | 'scanOrphans'
  > & {
    /** Ends of jobs that a gateway accepted. */
    readonly settlements: Callbacks
  }
  readonly clientCallbacks: Omit<ClientCallbackParts, 'database' | 'log'>
  /** The outbox of jobs that came from other producers, where this gateway serves it. */
  readonly foreignCallbacks?: CallbackService | undefined
  readonly ages: Ages
}

export interface JobLoops extends AsyncDisposable {
  /** A job was accepted or came back: what waits is looked at now. */
  readonly nudge: () => void
}

const TURN_MS = 1_000
/** A thousand jobs a second are accepted, and each look serves all that came before it. */
const NUDGE_MS = 50
/** A job that a worker finished is to be seen as finished at once. */
const SETTLE_MS = 100
const MOST_BATCHES = 10
const SWEEP_MS = 2_000
const ORPHANS_MS = 60_000
const RETENTION_MS = 10 * 60_000

export function startJobLoops(parts: JobLoopParts): JobLoops {
  const { queue, log, database, clientCallbacks, foreignCallbacks, ages } = parts
  const loops: Repeated[] = []
  const start = (what: string, every: number, work: () => Promise<unknown>): Repeated => {
    const onError = (error: unknown) => log.warn(what, { error })
    const loop = repeat(work, { every, onError })
    loops.push(loop)
    return loop
  }
  const dispatching = start('not dispatched', TURN_MS, () => dispatch(parts))
  // A batch is followed by the next; not for ever, so that a gateway that is to end does.
  const settling = start('settlements not read', SETTLE_MS, async () => {
    for (let batch = 0; batch < MOST_BATCHES; batch++) {
      if ((await settleLocal(queue.settlements, parts)) === 0) return
      dispatching.nudge()
    }
  })
  start('workers not watched', TURN_MS, () => watchLocal(parts))
  start('wishes not answered', TURN_MS, () => answerWishes(parts))
  start('deadlines not watched', TURN_MS, () => watchDeadlines(parts))
  start('overruns not watched', TURN_MS, createOverrunWatch(parts))
  const clients = createClientCallbacks({ ...clientCallbacks, database, log })
  start('callbacks not served', TURN_MS, async () => {
    for (let batch = 0; batch < MOST_BATCHES; batch++) if ((await clients.look()) === 0) return
  })
  const outbox = foreignCallbacks && createOutbox(foreignCallbacks)
  if (outbox) start('outbox not served', TURN_MS, outbox.look)
  start('queue not swept', SWEEP_MS, () => queue.sweep({ atMostEveryMs: SWEEP_MS / 2 }))
  start('orphans not found', ORPHANS_MS, () => queue.scanOrphans())
  start('nothing deleted', RETENTION_MS, () => sweepOld(parts, ages))
  return {
    nudge: atMostEvery(NUDGE_MS, () => {
      dispatching.nudge()
      settling.nudge()
    }),
    async [Symbol.asyncDispose]() {
      await Promise.all(loops.map((loop) => loop[Symbol.asyncDispose]()))
      await Promise.all([clients.ended(), outbox?.ended()])
    },
  }
}

function atMostEvery(ms: number, act: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let last = Number.NEGATIVE_INFINITY
  const run = () => {
    timer = undefined
    last = performance.now()
    act()
  }
  return () => {
    if (timer === undefined) {
      timer = setTimeout(run, Math.max(0, last + ms - performance.now())).unref()
    }
  }
}
