/** What goes on by itself while a gateway runs: routing that looks, jobs that are looked after, health that is told. */
import type { Failure, Job } from '#contract'
import { repeat } from '#platform/repeat.ts'
import { createUnwind } from '#platform/unwind.ts'
import { openCallbacks } from '#platform/webhook/open-callbacks.ts'
import { vouchFor } from '../policy/vouch.ts'
import { type Caretaker, startCaretaker } from './caretaker/caretaker.ts'
import type { GatewayConfig } from './config.ts'
import { estimateWait } from './events/estimate-wait.ts'
import { createJobWatch, type JobWatch } from './events/job-watch.ts'
import type { CancelParts } from './jobs/cancel.ts'
import { createEquip } from './jobs/equip.ts'
import { type JobLoops, startJobLoops } from './jobs/loops.ts'
import { defaultAges } from './jobs/retention.ts'
import type { Services } from './open-services.ts'
import { createRouting, type Routing } from './routing/routing.ts'
import { SYSTEM_HEALTH_MS, writeSystemHealth } from './system-health.ts'
import { keepTakenDown } from './trust/keep-taken-down.ts'

export interface Work extends AsyncDisposable {
  readonly routing: Routing
  readonly watch: JobWatch
  readonly caretaker: Caretaker
  readonly loops: JobLoops
  /** What ending a job takes, by whoever asks for it. */
  readonly jobs: CancelParts
}

export interface WorkOptions {
  /** Whether the queue and its workers are of this process. */
  readonly isAlone: boolean
  /** Aborted: callbacks that are being sent are given up, and owed still. */
  readonly ending: AbortSignal
}

/** Resolves when the workers have been looked at once, or could not be. */
export async function startWork(
  config: GatewayConfig,
  services: Services,
  { isAlone, ending }: WorkOptions,
): Promise<Work> {
  const { database, queue, storage, providers, log, tracing } = services
  const { guard, decoder, screen, pictureScreen, referenceGate, secret, baseUrl } = services
  const away = (what: string) => (error: unknown) => log.warn(what, { error })
  await using opening = createUnwind()
  const routing = opening.use(
    await createRouting({
      ...{ queue, providers, sql: database, order: config.routing.order },
      localContentModes: config.routing.localContentModes,
      mostWaiting: config.routing.mostWaiting,
      budgetMs: config.routing.defaultDeadlineMs,
      pool: isAlone ? OWN_POOL : undefined,
      onDecision: services.metrics.decided,
      onError: away('workers not seen'),
    }),
  )
  const watch = opening.use(
    createJobWatch({
      ...{ database, queue, estimate: estimateWait(routing.local) },
      previews: config.showsPreviews ? queue.previews : undefined,
      onError: away('jobs not watched'),
    }),
  )
  const onChanged = (jobId: string) => {
    watch.nudge(jobId)
    loops.nudge()
    caretaker.nudge()
  }
  const caretaker = opening.use(
    startCaretaker({
      ...{ database, providers, storage, log, guard, decoder, screen, pictureScreen },
      ...{ secret, referenceGate, tracing },
      ...{ routing, onChanged, onProgress: watch.tell, publicUrl: config.publicUrl },
      isStoragePublic: !services.isStorageLocal || config.publicUrl !== undefined,
      // Hosts that are a provider's own: still no others.
      outputRules: { privateOrigins: config.privateOrigins },
    }),
  )
  const jobs = {
    ...{ database, queue, storage, choose: routing.choose, log, onChanged },
    cancelRemote: caretaker.lookAtOnce,
    onLocalEnd: (failure?: Failure) => routing.heard('local-sdxl', failure),
  }
  const equip = config.mintUploads ? createEquip(storage) : async (job: Job) => job
  const { scheme: body, url, by } = config.callback
  const told = { send: openCallbacks(config.callback), body, signal: ending }
  const loops = opening.use(
    startJobLoops({
      ...{ ...jobs, queue, tracing },
      equip: async (job) => vouchFor(await equip(job), config.policy.queueSecrets),
      ...(isAlone && { lostAfterMs: OWN_LOST_MS }),
      onSent: onChanged,
      clientCallbacks: { ...told, tracing },
      foreignCallbacks:
        by === 'gateway'
          ? { ...told, callbacks: queue.callbacks, storage, log, receiver: url }
          : undefined,
      ages: { ...defaultAges, ...config.ages },
    }),
  )
  if (config.writesSystemConfig) {
    const tell = () => writeSystemHealth({ sql: database, view: routing.view, url: baseUrl })
    opening.use(repeat(tell, { every: SYSTEM_HEALTH_MS, onError: away('health not written') }))
  }
  const kept = { database, storage, log, takenDown: queue.takenDown }
  const onError = away('takedowns not looked after')
  opening.use(repeat(() => keepTakenDown(kept), { every: TAKEDOWNS_MS, onError }))
  return { routing, watch, caretaker, loops, jobs, [Symbol.asyncDispose]: opening.keep() }
}

const TAKEDOWNS_MS = 60_000
/** Workers of this process live as long as it does: the first that is heard of is there to stay. */
const OWN_POOL = { goodBeats: 1 }
/** What a queue of this process does not know was pushed by the process before; or this moment. */
const OWN_LOST_MS = 1_000
