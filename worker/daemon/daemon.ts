/** The daemon, put together: one engine, one loop, one outbox, one door for those who watch. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import type { Log } from '#platform/log.ts'
import { Engine } from '#worker/engine/engine.ts'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'
import { screen } from '../../policy/screen.ts'
import { serveCallbacks } from './callbacks.ts'
import type { DaemonConfig } from './config.ts'
import { drawOn } from './draw.ts'
import { serveHealth, type WorkerState } from './health.ts'
import { runLoop } from './loop.ts'
import { readModel } from './model.ts'
import { repeat } from './repeat.ts'
import { openCallbacks, openQueue, openStorage } from './services.ts'
import type { Workshop } from './workshop.ts'

export interface DaemonSignals {
  readonly drain: AbortSignal
  readonly kill: AbortSignal
  /** Told of the engine as soon as it is there, so that it can be ended with this process. */
  readonly onEngine: (engine: Engine) => void
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
  { drain, kill, onEngine }: DaemonSignals,
): Promise<'drained' | 'overrun'> {
  let state: () => WorkerState = () => ({ state: 'loading', jobs: 0 })
  const { port, host, checkpoint, device, threads, loraCatalogue: catalogue } = config
  const { leaseMs } = config.queue
  await using health = await serveHealth({ port, host, leaseMs, state: () => state() })
  log.info('listening', { port: health.port })
  await using opened = await openQueue(config, log, drain)
  const { queue } = opened

  const path = resolve(checkpoint)
  await using engine = new Engine({
    ...{ checkpoint: path, device, threads },
    onDeath: (error) => log.error('engine died', { error, code: error.code }),
  })
  onEngine(engine)
  const info = await unlessAborted(engine.load(), drain)
  // Only a GPU makes plans at its first run.
  if (info.device !== 'cpu') await unlessAborted(engine.warmUp(), drain)
  log.info('loaded', { device: info.device, reason: info.deviceNote })
  const model = await readModel({
    checkpoint: path,
    servedSizes: config.servedSizes ?? (info.device === 'cpu' ? 'any' : undefined),
    distillation: config.distillation,
    loraCatalogue: catalogue === undefined ? undefined : resolve(catalogue),
  })

  await using decoder = new Decoder()
  const storage = openStorage(config)
  const guard = createGuardedFetch({ privateOrigins: config.privateOrigins })
  const draw = drawOn(engine)
  const worker = queue.worker(`${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`)
  const named = log.with({ workerId: worker.name })
  const workshop: Workshop = { model, draw, decoder, guard, storage, screen, log: named }

  const send = openCallbacks(config.callback)
  const { scheme: body, url, by } = config.callback
  const ending = new AbortController()
  const service = {
    ...{ callbacks: queue.callbacks, storage, log, send, body },
    ...{ hasReceiver: url !== undefined, signal: ending.signal },
  }
  const serve = by === 'worker' ? () => serveCallbacks(service) : async () => {}
  await using outbox = repeat(serve, {
    every: OUTBOX_MS,
    onError: (error) => log.warn('outbox not served', { error }),
  })

  const outcome = await runLoop({
    ...{ queue, worker, workshop, drain, kill, drainMs: config.drainMs },
    beatMs: Math.floor(leaseMs / 6),
    onEnded: outbox.nudge,
    onState: (current) => {
      state = current
    },
  })
  // What a slow receiver has not taken by then is still owed, and another will send it.
  setTimeout(() => ending.abort(), LAST_CALLBACKS_MS).unref()
  return outcome
}
