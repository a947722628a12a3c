/** What gateways add to an accounting: a Postgres, gateways on it, and clocks that do not take minutes. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectRedis } from '#platform/redis/connect.ts'
import { type FaultProxy, faultProxy } from '#platform/redis/fault-proxy.case.ts'
import { repeat } from '#platform/repeat.ts'
import type { Database } from '../../gateway/database/database.ts'
import { migrate } from '../../gateway/database/migrate.ts'
import { openPostgres } from '../../gateway/database/postgres.ts'
import {
  type PrivatePostgres,
  privatePostgres,
} from '../../gateway/database/private-postgres.case.ts'
import { DATABASE_AWAY, type GatewayTask, gatewayWord } from './gateway-task.ts'
import { hurryOwed, type OwedParts } from './hurry-owed.ts'
import { keepProcesses, type Processes } from './processes.ts'
import { QUEUE } from './settings.ts'
import type { Stage } from './stage.ts'

export interface Gateways extends AsyncDisposable {
  readonly processes: Processes
  readonly slots: number
  readonly postgres: PrivatePostgres
  /** Straight on Postgres, to see how it stands. */
  readonly database: Database
  /** Of one gateway, to Redis. */
  readonly link: FaultProxy
  /** Of those that answer. */
  readonly urls: () => readonly string[]
  /** Straight on Redis. */
  readonly redis: OwedParts['redis']
}

const GATEWAY = fileURLToPath(new URL('gateway-process.ts', import.meta.url))

/** The first has no link that is spoilt, and shows what kills alone do. */
const SLOTS = 2
const SECRET = 'secret-of-the-accounts-gateways!'
const HURRY_MS = 500

export async function openGateways({
  server,
  receiver,
  places,
}: Pick<Stage, 'server' | 'receiver' | 'places'>): Promise<Gateways> {
  // What a gateway has acknowledged must outlive its database, as a machine's disk would keep it.
  const postgres = await privatePostgres('fsync=on', 'full_page_writes=on')
  const database = openPostgres({ url: postgres.url(), connections: 2, timeoutMs: 5_000 })
  await migrate(database)
  const link = await faultProxy(server.url)
  const redis = connectRedis(server.url, { purpose: 'worker', name: 'accountant' })
  const hurrying = repeat(() => hurryOwed({ database, redis }), {
    every: HURRY_MS,
    // One of the two is away just now.
    onError: () => {},
  })
  const variables = {
    ...{ DATABASE_URL: postgres.url(), DATABASE_CONNECTIONS: '5' },
    ...{ QUEUE_NAME: QUEUE, STORAGE_FOLDER: places.files, GATEWAY_PORT: '0' },
    ...{ GATEWAY_SECRET: SECRET, KEY_PEPPER: SECRET, CALLBACKS: 'gateway' },
    ...{ CALLBACK_URL: receiver.url, CALLBACK_BEARER: receiver.bearer },
    ...{ JOB_CALLBACK_SECRET: receiver.secret, MAX_OPEN_JOBS: '100000' },
    ...{ RATE_PER_MINUTE: '1000000', RATE_PER_ADDRESS: '1000000' },
  }
  const urls: (string | undefined)[] = []
  const processes = keepProcesses({
    ...{ file: GATEWAY, slots: SLOTS, tryAgain: DATABASE_AWAY },
    taskOf: (slot, number): GatewayTask => ({
      variables: {
        ...variables,
        REDIS_URL: slot === 0 ? server.url : link.url,
        DATA_FOLDER: join(places.gateways, `${slot}`),
      },
      log: join(places.gateways, `${slot}-${number}.log`),
    }),
    onWord(slot, word) {
      const said = gatewayWord.safeParse(word).data
      urls[slot] = said && `http://127.0.0.1:${said.port}`
    },
  })
  return {
    ...{ processes, slots: SLOTS, postgres, database, link, redis },
    urls: () => urls.flatMap((url) => url ?? []),
    async [Symbol.asyncDispose]() {
      for (const each of [processes, hurrying, redis, link, database, postgres]) {
        await each[Symbol.asyncDispose]()
      }
    },
  }
}
