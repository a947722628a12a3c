/** All that an accounting runs on: a private Redis, links to it that can be spoiled, workers, a storage, a receiver. */
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identify, type Queue, redisQueue } from '#contract'
import { type ConnectOptions, connectRedis } from '#platform/redis/connect.ts'
import { type FaultProxy, faultProxy } from '#platform/redis/fault-proxy.case.ts'
import { type PrivateRedis, privateRedis } from '#platform/redis/test-server.case.ts'
import { type Crew, startCrew } from './crew.ts'
import { type Places, placesIn } from './places.ts'
import { openReceiver, type Receiver } from './receiver.ts'
import { openReferences } from './references.ts'
import { paceOf } from './settings.ts'

export interface Stage extends AsyncDisposable {
  readonly server: PrivateRedis
  readonly links: readonly FaultProxy[]
  /** Redis as the producers reach it. */
  readonly forProducers: string
  /** The URL of a picture. */
  readonly reference: string
  readonly receiver: Receiver
  readonly places: Places
  readonly crew: Crew
  readonly workers: number
  /** Straight on Redis, to see how it stands. */
  readonly queue: Queue
}

export interface StageOptions {
  readonly seed: number
  readonly leaseMs: number
}

/** One link for the producers and one for each worker but the first, who shows what kills alone do. */
const LINKS = 3

export async function setStage({ seed, leaseMs }: StageOptions): Promise<Stage> {
  // What is acknowledged must be in the file: with `everysec`, Redis may answer first while a sync is under way.
  const server = await privateRedis('--appendonly', 'yes', '--appendfsync', 'always')
  const links = await Promise.all(Array.from({ length: LINKS }, () => faultProxy(server.url)))
  const [forProducers = '', ...forWorkers] = links.map(({ url }) => url)
  const receiver = await openReceiver(seed)
  const references = await openReferences()
  const folder = await mkdtemp(join(tmpdir(), 'i2i-accounting-'))
  const places = placesIn(folder)
  for (const each of [places.files, places.failures, places.gateways]) await mkdir(each)
  const { url, bearer, secret } = receiver
  const redis = [server.url, ...forWorkers]
  const crew = startCrew({
    ...{ redis, folder, leaseMs, references: references.origin },
    receiver: { url, bearer, secret },
  })

  const connect = (purpose: ConnectOptions['purpose']) =>
    connectRedis(server.url, { purpose, name: 'accountant' })
  const commands = connect('worker')
  const openBlocking = () => connect('waits')
  const idOf = (raw: string) => identify(raw, randomUUID)
  return {
    ...{ server, links, forProducers, reference: references.url, receiver, places, crew },
    workers: redis.length,
    queue: redisQueue({ commands, openBlocking, settings: paceOf(leaseMs).settings, idOf }),
    async [Symbol.asyncDispose]() {
      await crew[Symbol.asyncDispose]()
      await commands.close()
      for (const each of [...links, receiver, references, server]) {
        await each[Symbol.asyncDispose]()
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}
