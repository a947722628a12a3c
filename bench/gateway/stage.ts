/** What a measurement plays on: a Redis and a database of its own, a thousand callers, and the gateway as it is shipped. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateRedis } from '#platform/redis/test-server.case.ts'
import type { Database } from '../../gateway/database/database.ts'
import { migrate } from '../../gateway/database/migrate.ts'
import { openPglite } from '../../gateway/database/pglite.ts'
import { openPostgres } from '../../gateway/database/postgres.ts'
import {
  type PrivatePostgres,
  privatePostgres,
} from '../../gateway/database/private-postgres.case.ts'
import { REDIS } from '../queue/redis-settings.ts'
import { makeCallers } from './callers.ts'
import { type OpenProcess, openProcess } from './open-process.ts'
import type { WorkersTask } from './workers-task.ts'

export const stores = ['postgres', 'pglite'] as const
export type Store = (typeof stores)[number]

export interface Stage {
  readonly origin: string
  /** Of the Postgres that keeps everything, or that PGlite is. */
  readonly serverVersion: string
  /** Of the gateway. */
  readonly pid: number
  /** Of the gateway's, where it was opened with one. */
  readonly inspector: string | undefined
  /** Where its callers' keys are. */
  readonly callers: string
  /** A name for a file that is gone with the stage. */
  readonly file: (name: string) => string
  /** Stand-ins for workers, who draw nothing; until it is disposed of. */
  readonly workers: (given: Omit<WorkersTask, 'redis'>) => Promise<OpenProcess>
}

export interface StageOptions {
  readonly store: Store
  /** Where the gateway's processor profile is to be written. */
  readonly profile?: string | undefined
  /** Whether the gateway can be asked about its heap. */
  readonly inspect?: boolean
}

/** Debian's own: what `postgres` takes without being told. */
export const POSTGRES = ['fsync=on', 'full_page_writes=on', 'max_connections=100'] as const
const PEPPER = 'a pepper of more than thirty-two characters'

/** All that is as an operator has it, but limits that a thousand callers at one address and one line would run into. */
const SETTINGS = {
  ...{ GATEWAY_PORT: '0', DRAIN_DELAY_MS: '0', DRAIN_MS: '3000', KEY_PEPPER: PEPPER },
  ...{ RATE_PER_ADDRESS: '1000000', RATE_PER_MINUTE: '1000000', MAX_WAITING: '1000000' },
}

export async function onStage<Found>(
  { store, profile, inspect = false }: StageOptions,
  play: (stage: Stage) => Promise<Found>,
): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-bench-'))
  const file = (name: string) => join(folder, name)
  try {
    await using redis = await privateRedis(...REDIS)
    await using postgres = store === 'postgres' ? await privatePostgres(...POSTGRES) : undefined
    await postgres?.create('bench')
    const callers = file('callers.json')
    const serverVersion = await prepare(await openDatabase(postgres, folder), callers)
    if (postgres) await ageLog(await openDatabase(postgres, folder))
    await using gateway = await openProcess({
      script: new URL('../../gateway/main.ts', import.meta.url),
      flags: [
        ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
        ...(inspect ? ['--inspect=127.0.0.1:0'] : []),
      ],
      env: {
        ...{ ...SETTINGS, REDIS_URL: redis.url, DATA_FOLDER: folder },
        ...{ DATABASE_URL: postgres?.url('bench') ?? '' },
      },
      file: file('gateway.log'),
      readyAt: /"port":(\d+)/,
    })
    const inspector = /ws:\/\/\S+/.exec(gateway.said())?.[0]
    return await play({
      ...{ inspector, serverVersion },
      ...{ origin: `http://127.0.0.1:${gateway.ready[1]}`, pid: gateway.pid, callers, file },
      workers: (given) =>
        openProcess({
          script: new URL('workers-once.ts', import.meta.url),
          task: { ...given, redis: redis.url } satisfies WorkersTask,
          file: file('workers.log'),
          readyAt: /ready/,
        }),
    })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** @returns the server's version. */
async function prepare(opened: Database, callers: string): Promise<string> {
  await using database = opened
  await migrate(database)
  await makeCallers(database, { pepper: PEPPER, file: callers })
  const [row] = await database.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  )
  return row?.version ?? 'unknown'
}

/** Of Postgres' log: as much as it keeps by default (1 GB), many times what a bench writes. */
const SEGMENTS = 64

/**
 * As on a server that has run for hours: a segment of its log is an old one used again. A fresh server makes each of
 * them, 16 MB of zeros, while every commit waits.
 */
async function ageLog(opened: Database): Promise<void> {
  await using database = opened
  for (let segment = 0; segment < SEGMENTS; segment++) {
    await database.query(`select pg_logical_emit_message(false, 'bench', 'one more segment')`)
    await database.query('select pg_switch_wal()')
  }
  await database.query('checkpoint')
}

async function openDatabase(
  postgres: PrivatePostgres | undefined,
  folder: string,
): Promise<Database> {
  if (postgres) return openPostgres({ url: postgres.url('bench') })
  return await openPglite(join(folder, 'database'))
}
