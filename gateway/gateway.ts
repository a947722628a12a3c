/** The gateway, put together: opened in order, served, and drained in the order in which nobody notices. */
import { Failure, type Queue } from '#contract'
import type { Log } from '#platform/log.ts'
import type { GatewayConfig } from './config.ts'
import type { Database } from './database/database.ts'
import { drained } from './drain.ts'
import { createEventStreams } from './events/event-streams.ts'
import { listen } from './http/listen.ts'
import { PROBLEM_TYPE, problemOf } from './http/problem.ts'
import type { Router } from './http/router.ts'
import { openDoors } from './open-doors.ts'
import { openServices } from './open-services.ts'
import { sparingLog } from './sparing-log.ts'
import { startWork } from './start-work.ts'
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
  const { drain, kill, queue, database, onReady } = options
  const log = sparingLog(options.log)
  let app: Router | undefined
  // The port first, for whoever has it has the folder too.
  await using door = await listen(
    (request, env) => (app ? app.fetch(request, env) : starting()),
    config,
  )
  const baseUrl = config.publicUrl ?? `http://${urlHost(config.host)}:${door.port}`
  await using services = await openServices(config, { log, baseUrl, queue, database })
  const ending = new AbortController()
  const leaving = new AbortController()
  await using work = await startWork(config, services, {
    isAlone: queue !== undefined,
    ending: ending.signal,
  })
  const { metrics } = services
  metrics.watch({ sql: services.database, view: work.routing.view })
  const onError = (error: unknown) => log.warn('stream ended', { error })
  const eventStreams = createEventStreams({ onError })
  app = openDoors(config, {
    ...{ services, work, eventStreams },
    ...{ isDraining: () => drain.aborted, leaving: leaving.signal },
  })
  log.info('listening', { port: door.port, version })
  onReady?.(door.port)

  await until(drain)
  return await drained({ door, eventStreams, leaving, ending }, config.drain, kill)
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

async function until(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}
