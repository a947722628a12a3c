/** The daemon, put together: a station for each engine, and one queue, one outbox, one door for those who watch. */
import type { Queue } from '#contract'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import type { Log } from '#platform/log.ts'
import { repeat } from '#platform/repeat.ts'
import { openTracing } from '#platform/tracing/open-tracing.ts'
import { openCallbacks } from '#platform/webhook/open-callbacks.ts'
import { createOutbox } from '#platform/webhook/outbox.ts'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'
import { startEnhancing } from '#worker/enhance/start-enhancing.ts'
import { createReferenceGate } from '../../policy/reference/reference-gate.ts'
import { screenOf } from '../../policy/screen-of.ts'
import type { DaemonConfig } from './config.ts'
import type { Equipment } from './equipment.ts'
import { serveHealth } from './health.ts'
import { createMetrics } from './metrics/metrics.ts'
import { openOutputCheck } from './output-check.ts'
import { type OpenQueue, openEnhancementCache, openQueue, openStorage } from './services.ts'
import { openStations, type Stations } from './stations.ts'

export interface DaemonOptions {
  readonly drain: AbortSignal
  readonly kill: AbortSignal
  readonly equipment: Equipment
  /** Of this process, for one that has the gateway within it; else at REDIS_URL. */
  readonly queue?: Queue | undefined
}

const OUTBOX_MS = 1_000
const LAST_CALLBACKS_MS = 2_000

/**
 * Resolves once drained. Throws `cancelled` where that is asked while it loads, and the Failure of whatever is not as it
 * must be before the first job.
 */
export async function runDaemon(
  config: DaemonConfig,
  log: Log,
  { drain, kill, equipment, queue: given }: DaemonOptions,
): Promise<'drained' | 'overrun'> {
  let state: Stations['state'] = () => ({ state: 'loading', jobs: 0 })
  const { port, otherPorts, host, drainMs } = config
  const { leaseMs } = config.queue
  await using tracing = await openTracing(config.tracing, { name: 'i2i-worker', log })
  using metrics = createMetrics()
  const { scrape } = metrics
  await using health =
    port === undefined
      ? undefined
      : await serveHealth({ port, otherPorts, host, leaseMs, scrape, state: () => state() })
  if (health) log.info('listening', { port: health.port })
  const { openEngine } = equipment
  await using outputCheck = await openOutputCheck(config, drain)
  const gpus = await unlessAborted(equipment.gpus(), drain)
  await using opened = given ? ofAnother(given) : await openQueue(config, log, drain)
  const { queue } = opened
  metrics.watchQueue(queue)
  await equipment.prepare?.({ log, signal: drain })

  // It shares the first engine's GPU.
  const [shared] = gpus
  await using enhancer = equipment.openEnhancer?.(shared, log)
  await using remembered = openEnhancementCache(config, { isAlone: given !== undefined, log })
  const enhancement = await startEnhancing(enhancer, {
    ...{ config: config.enhancer, policy: config.policy, log, signal: drain },
    cache: remembered.cache,
  })

  await using stations = openStations({
    ...{ gpus, log, metrics },
    openEngine: (asked) =>
      openEngine(asked.gpu === shared ? { ...asked, reserved: enhancement.bytes } : asked),
  })
  state = stations.state
  const { device } = await unlessAborted(stations.load(), drain)
  enhancement.load()
  const model = await equipment.readModel(device)

  const screen = screenOf(config.policy)
  const referenceGate = createReferenceGate({ ...config.policy, takenDown: queue.takenDown })
  await using decoder = new Decoder()
  const storage = openStorage(config)
  const guard = createGuardedFetch({ privateOrigins: config.privateOrigins })

  const send = openCallbacks(config.callback)
  const { scheme: body, url, by } = config.callback
  const ending = new AbortController()
  const service = {
    ...{ callbacks: queue.callbacks, storage, log, send, body },
    ...{ receiver: url, signal: ending.signal },
  }
  await using outbox = by === 'worker' ? createOutbox(service) : undefined
  await using serving = repeat(async () => outbox?.look(), {
    every: OUTBOX_MS,
    onError: (error) => log.warn('outbox not served', { error }),
  })

  const outcome = await stations.serve({
    workshop: {
      ...{ model, decoder, guard, storage, screen, referenceGate, pictureScreen: outputCheck },
      ...{ showsPreviews: config.showsPreviews, enhancing: enhancement.enhancing, tracing },
      queueSecrets: config.policy.queueSecrets,
    },
    ...{ queue, drain, kill, drainMs },
    beatMs: Math.floor(leaseMs / 6),
    onEnded: serving.nudge,
  })
  // What a slow receiver has not taken by then is still owed, and another will send it.
  setTimeout(() => ending.abort(), LAST_CALLBACKS_MS).unref()
  return outcome
}

const ofAnother = (queue: Queue): OpenQueue => ({ queue, async [Symbol.asyncDispose]() {} })
