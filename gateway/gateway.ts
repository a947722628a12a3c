/** The gateway, put together: opened in order, served, and drained in the order in which nobody notices. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure, identify, memoryQueue, type Queue } from '#contract'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import type { Log } from '#platform/log.ts'
import { repeat } from '#platform/repeat.ts'
import { screenOf } from '../policy/screen-of.ts'
import { createApp } from './app.ts'
import { startCaretaker } from './caretaker/caretaker.ts'
import type { GatewayConfig } from './config.ts'
import type { Database } from './database/database.ts'
import { estimateWait } from './events/estimate-wait.ts'
import { createEventStreams } from './events/event-streams.ts'
import { createJobWatch } from './events/job-watch.ts'
import { listen } from './http/listen.ts'
import { PROBLEM_TYPE, problemOf } from './http/problem.ts'
import type { Router } from './http/router.ts'
import { createWaitForEnd } from './http/wait-for-end.ts'
import { createAccept } from './jobs/accept.ts'
import { cancelJob } from './jobs/cancel.ts'
import { createEquip } from './jobs/equip.ts'
import { startJobLoops } from './jobs/loops.ts'
import { defaultAges, purgeJob } from './jobs/retention.ts'
import { createMetrics } from './metrics.ts'
import { createComposeNegative } from './negative-prompts/compose-negative.ts'
import { createStoredTerms } from './negative-prompts/stored-terms.ts'
import { openCallers } from './open-callers.ts'
import { openProviders } from './open-providers.ts'
import { createReadiness } from './readiness.ts'
import { providerImageRoutes } from './routes/functions-provider-image.ts'
import { queueJobRoutes } from './routes/functions-queue-job.ts'
import { jobEventRoutes } from './routes/job-events.ts'
import { openaiRoutes } from './routes/openai-images.ts'
import { pageRoutes } from './routes/page.ts'
import { sdapiControlRoutes } from './routes/sdapi-control.ts'
import { sdapiGenerateRoutes } from './routes/sdapi-generate.ts'
import { sdapiListRoutes } from './routes/sdapi-lists.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { createRouting } from './routing/routing.ts'
import { keptSecret, openCallbacks, openDatabase, openQueue, openStorage } from './services.ts'
import { sparingLog } from './sparing-log.ts'
import type { Owner } from './store/job-row.ts'
import { SYSTEM_HEALTH_MS, writeSystemHealth } from './system-health.ts'
import { createSaveUpload } from './uploads/save-upload.ts'
import { version } from './version.ts'

export interface GatewayOptions {
  readonly log: Log
  /** Aborted: no more is accepted, and what is asked already is answered. */
  readonly drain: AbortSignal
  /** Aborted: nothing more is waited for. */
  readonly kill: AbortSignal
  /** Of this process, for one that has its workers within it; else by REDIS_URL. */
  readonly queue?: Queue | undefined
  /** Opened and migrated by whoever hands it in, and left open; else by DATABASE_URL or in DATA_FOLDER. */
  readonly database?: Database | undefined
  /** Told once requests are answered, with the port. */
  readonly onReady?: ((port: number) => void) | undefined
}

/**
 * Resolves once drained. Throws `configuration-invalid` for what is not as it must be, and `database-unavailable`
 * where the database does not answer at the start.
 */
export async function runGateway(
  config: GatewayConfig,
  options: GatewayOptions,
): Promise<'drained' | 'overrun'> {
  const { drain, kill, onReady } = options
  const log = sparingLog(options.log)
  let app: Router | undefined
  // The port first, for whoever has it has the folder too.
  await using door = await listen(
    (request, env) => (app ? app.fetch(request, env) : starting()),
    config,
  )
  const baseUrl = config.publicUrl ?? `http://${urlHost(config.host)}:${door.port}`
  const secret = config.secret ?? (await keptSecret(config.dataFolder, 'gateway-secret'))
  const metrics = createMetrics()
  await using own = options.database ? undefined : await openDatabase(config, log)
  const database = options.database ?? required(own)
  await using opened = await openLine(config, { queue: options.queue, log })
  const { queue, redis } = opened
  const local = { baseUrl: `${baseUrl}/v1/files`, secret }
  const storage = openStorage(config.storage, local)
  const isLocal = !config.storage.s3 && !config.storage.supabase
  await using decoder = new Decoder()
  const screen = screenOf(config.policy)
  const guard = createGuardedFetch({ privateOrigins: config.privateOrigins })
  const providers = openProviders(config, { metrics, log })
  const callers = await openCallers(config, { sql: database, redis, log })
  const away = (what: string) => (error: unknown) => log.warn(what, { error })

  await using routing = await createRouting({
    ...{ queue, providers, sql: database, order: config.routing.order },
    localContentModes: config.routing.localContentModes,
    mostWaiting: config.routing.mostWaiting,
    budgetMs: config.routing.defaultDeadlineMs,
    pool: options.queue && OWN_POOL,
    onDecision: metrics.decided,
    onError: away('workers not seen'),
  })
  metrics.watch({ sql: database, view: routing.view })
  await using watch = createJobWatch({
    ...{ database, queue, estimate: estimateWait(routing.local) },
    previews: config.showsPreviews ? queue.previews : undefined,
    onError: away('jobs not watched'),
  })
  const eventStreams = createEventStreams({ onError: away('stream ended') })
  const onChanged = (jobId: string) => {
    watch.nudge(jobId)
    loops.nudge()
    caretaker.nudge()
  }
  const { choose } = routing
  await using caretaker = startCaretaker({
    ...{ database, providers, routing, storage, guard, decoder, screen, log, secret, onChanged },
    publicUrl: config.publicUrl,
    isStoragePublic: !isLocal || config.publicUrl !== undefined,
    onProgress: watch.tell,
  })
  const jobs = {
    ...{ database, queue, storage, choose, log, onChanged },
    cancelRemote: caretaker.lookAtOnce,
    onLocalEnd: (failure?: Failure) => routing.heard('local-sdxl', failure),
  }
  const ending = new AbortController()
  const leaving = new AbortController()
  const { scheme: body, url, by } = config.callback
  const told = { send: openCallbacks(config.callback), body, signal: ending.signal }
  await using loops = startJobLoops({
    ...jobs,
    ...(config.mintUploads && { equip: createEquip(storage) }),
    ...(options.queue && { lostAfterMs: OWN_LOST_MS }),
    onSent: onChanged,
    clientCallbacks: told,
    foreignCallbacks:
      by === 'gateway'
        ? { ...told, callbacks: queue.callbacks, storage, log, hasReceiver: url !== undefined }
        : undefined,
    ages: { ...defaultAges, ...config.ages },
  })
  await using _telling = config.writesSystemConfig
    ? repeat(() => writeSystemHealth({ sql: database, view: routing.view, url: baseUrl }), {
        every: SYSTEM_HEALTH_MS,
        onError: away('health not written'),
      })
    : undefined
  const waitForEnd = createWaitForEnd({ database, watch })
  const countTokens = loadTokenCounter()
  const stored = createStoredTerms({ sql: database, onError: away('terms not read') })
  const accept = createAccept({
    ...{ database, choose, screen, granted: config.policy.granted },
    composeNegative: createComposeNegative({ stored, count: countTokens }),
    defaultDeadlineMs: config.routing.defaultDeadlineMs,
    onAccepted: ({ provider }) => (provider === 'local-sdxl' ? loops : caretaker).nudge(),
  })
  const surface = {
    ...{ ...callers, accept: accept.accept, database, storage, log, jobWatch: watch },
    saveUpload: createSaveUpload({ database, storage, decoder }),
    waitForEnd: (id: string, signal: AbortSignal) =>
      waitForEnd(id, AbortSignal.any([signal, leaving.signal])),
    cancel: (id: string, owner: Owner) => cancelJob(id, owner, jobs),
  }
  const queueName = config.queue.name
  app = createApp({
    ...{ ...surface, ...accept, version, countTokens, queueName, view: routing.view },
    meter: metrics.requests,
    scrape: metrics.scrape,
    purge: (id, owner) => purgeJob(id, owner, jobs),
    localFiles: isLocal ? { storage, secret } : undefined,
    readiness: createReadiness({
      ...{ sql: database, queue },
      hasWorkers: config.routing.order.includes('local-sdxl'),
      hasFallback: providers.length > 0,
      isDraining: () => drain.aborted,
    }),
    others: [
      jobEventRoutes({ ...surface, eventStreams }),
      queueJobRoutes({ ...surface, queueName, isQueueEnabled: config.isQueueJobOn }),
      providerImageRoutes(surface),
      openaiRoutes(surface),
      sdapiGenerateRoutes(surface),
      sdapiControlRoutes(surface),
      sdapiListRoutes(surface),
      webhookRoutes({ database, providers, caretaker, log }),
      pageRoutes({ pictureOrigin: config.storage.s3?.endpoint }),
    ],
  })
  log.info('listening', { port: door.port, version })
  onReady?.(door.port)

  await until(drain)
  await pause(config.drain.delayMs, kill)
  const cutOff = () => void door.close(0)
  kill.addEventListener('abort', cutOff, { once: true })
  const { mostMs } = config.drain
  const closing = door.close(kill.aborted ? 0 : mostMs)
  void eventStreams.drain()
  // Those who wait for a job are told in time that it goes on without them.
  const over = AbortSignal.any([kill, ending.signal])
  void pause(mostMs - LAST_ANSWERS_MS, over).then(() => leaving.abort())
  const outcome = await closing
  // What a slow receiver has not taken by then is still owed, and another gateway sends it.
  ending.abort()
  return outcome === 'answered' && !kill.aborted ? 'drained' : 'overrun'
}

/** Workers of this process live as long as it does: the first that is heard of is there to stay. */
const OWN_POOL = { goodBeats: 1 }
/** What a queue of this process does not know was pushed by the process before; or this moment. */
const OWN_LOST_MS = 1_000
/** Of the time to drain, for answers to those who wait for a job. */
const LAST_ANSWERS_MS = 2_000

async function openLine(
  config: GatewayConfig,
  { queue, log }: Pick<GatewayOptions, 'queue' | 'log'>,
) {
  const { redisUrl } = config
  if (queue === undefined && redisUrl !== undefined) return await openQueue(redisUrl, config, log)
  const own = () =>
    memoryQueue({ settings: config.queue, idOf: (raw) => identify(raw, randomUUID) })
  return { queue: queue ?? own(), redis: undefined, [Symbol.asyncDispose]: async () => {} }
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('there is no database')
  return value
}

function starting(): Response {
  const { problem } = problemOf(new Failure('shutting-down', 'The gateway is just starting.'))
  const headers = { 'content-type': PROBLEM_TYPE, 'retry-after': '1' }
  return new Response(JSON.stringify(problem), { status: 503, headers })
}

const urlHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

/** However little it is, others have their turn. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, milliseconds), undefined, { signal }).catch(() => {})
}

async function until(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}
