/** The gateway, put together: opened in order, served, and drained in the order in which nobody notices. */
import type { Queue } from '#contract'
import type { Log } from '#platform/log.ts'
import { openTracing } from '#platform/tracing/open-tracing.ts'
import type { GatewayConfig } from './config.ts'
import type { Database } from './database/database.ts'
import { drained } from './drain.ts'
import { createEventStreams } from './events/event-streams.ts'
import { listen } from './http/listen.ts'
import type { Router } from './http/router.ts'
import { openDoors } from './open-doors.ts'
import { openServices } from './open-services.ts'
import { sparingLog } from './sparing-log.ts'
import { startWork } from './start-work.ts'
import { createStarting } from './starting.ts'
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
 * Resolves once drained. A database or a Redis that is away is waited for, at the start as later: until it comes,
 * `/ready` says why it is not. Throws `configuration-invalid` for what is not as it must be.
 */
export async function runGateway(
  config: GatewayConfig,
  options: GatewayOptions,
): Promise<'drained' | 'overrun'> {
  const { drain, kill, queue, database, onReady } = options
  const log = sparingLog(options.log)
  await using tracing = await openTracing(config.tracing, { name: 'i2i-gateway', log })
  let app: Router | undefined
  // The port first, for whoever has it has the folder too.
  const starting = createStarting()
  await using door = await listen(
    (request, env) => (app ? app.fetch(request, env) : starting.answer(request)),
    config,
  )
  log.info('starting', { port: door.port })
  const baseUrl = config.publicUrl ?? `http://${urlHost(config.host)}:${door.port}`
  await using services = await openServices(config, {
    ...{ log, tracing, baseUrl, queue, database },
    ...{ signal: drain, onWaiting: starting.waitFor },
  })
  if (!services) return 'drained'
  const ending = new AbortController()
  const leaving = new AbortController()
  await using work = await startWork(config, services, {
    isAlone: queue !== undefined,
    ending: ending.signal,
  })
  const onError = (error: unknown) => log.warn('stream ended', { error })
  const eventStreams = createEventStreams({ onError })
  const { routing, watch, caretaker } = work
  services.metrics.watch({
    ...{ sql: services.database, view: routing.view },
    live: () => ({
      ...{ eventStreams: eventStreams.count(), watchedJobs: watch.count() },
      attempts: caretaker.count(),
    }),
  })
  app = openDoors(config, {
    ...{ services, work, eventStreams },
    ...{ isDraining: () => drain.aborted, leaving: leaving.signal },
  })
  log.info('listening', { port: door.port, version })
  onReady?.(door.port)

  await until(drain)
  return await drained({ door, eventStreams, leaving, ending }, config.drain, kill)
}

const urlHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

async function until(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}
