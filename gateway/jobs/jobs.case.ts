/** A gateway's jobs without its HTTP, for tests: real parts around a database and a queue, and workers to order. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Claim,
  Failure,
  identify,
  type JobResult,
  memoryQueue,
  type Queue,
  type QueueWorker,
  writeResult,
} from '#contract'
import { createLog } from '#platform/log.ts'
import { localStorage } from '#platform/storage/local-storage.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Caller } from '../callers/caller.ts'
import type { Database } from '../database/database.ts'
import type { JobRequest } from '../requests/job-request.ts'
import type { ProviderName } from '../store/job-row.ts'
import { type Accept, type AcceptParts, createAccept } from './accept.ts'
import type { CancelParts } from './cancel.ts'
import type { Choose } from './choose.ts'
import type { DeadlineParts } from './deadlines.ts'
import type { DispatchParts } from './dispatch.ts'
import type { WatchLocalParts } from './watch-local.ts'

export const idOf = (raw: string) => identify(raw, randomUUID)

export const callerNamed = (userId: string): Caller => ({
  tenant: 'test',
  userId,
  name: userId,
  scopes: ['jobs:write', 'jobs:read', 'files:write'],
  adult: false,
})

export const ANNA = callerNamed('anna')

export const cat: JobRequest = { prompt: 'a cat in the snow', seed: 7 }

/** The first of them that was not tried, and that is `only` where one is. */
export const firstOf =
  (...order: readonly ProviderName[]): Choose =>
  (_, { tried, only }) => {
    const provider = order.find(
      (each) =>
        !tried.some((had) => had.provider === each) && (only === undefined || only === each),
    )
    if (provider) return { provider, notes: [], reason: 'first', because: 'It is first.' }
    return { failure: new Failure('no-provider', 'Nobody is left. Configure another.') }
  }

export interface TestGateway extends AsyncDisposable, Accept {
  readonly parts: DispatchParts & CancelParts & DeadlineParts & WatchLocalParts
  readonly queue: Queue
  readonly storage: Storage
  /** Attempts of other providers that were to be cancelled. */
  readonly cancelledRemotely: string[]
  /** A worker's whole turn: takes a job and finishes it. @returns its id; undefined where nothing waited. */
  readonly work: (worker: QueueWorker) => Promise<string | undefined>
}

export async function testGateway(
  database: Database,
  options: {
    readonly queue?: Queue
    readonly choose?: Choose
    readonly accept?: Partial<AcceptParts>
  } = {},
): Promise<TestGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-jobs-'))
  const storage = localStorage({ folder, baseUrl: 'http://127.0.0.1/v1/files', secret: 'secret' })
  const { queue = memoryQueue({ idOf, settings: { blockMs: 20 } }) } = options
  const { choose = firstOf('local-sdxl', 'replicate', 'fal-ai') } = options
  const cancelledRemotely: string[] = []
  const log = createLog({ level: 'silent' })
  const made = createAccept({
    ...{ database, choose },
    composeNegative: async ({ own }) => ({ text: own }),
    screen: async () => undefined,
    ...options.accept,
  })
  return {
    ...made,
    ...{ queue, storage, cancelledRemotely },
    parts: {
      ...{ database, queue, log, storage, choose },
      cancelRemote: async ({ id }) => {
        cancelledRemotely.push(id)
      },
    },
    async work(worker) {
      const claim = await worker.take()
      if (!claim) return undefined
      await finish(worker, claim, storage)
      return claim.id
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** As the daemon does: staged first, and left to whoever reads the end to publish. */
export async function finish(worker: QueueWorker, claim: Claim, storage: Storage): Promise<string> {
  const result = await stagedResult(claim, storage)
  return await worker.finish(claim, { status: 'completed', result: writeResult(result) })
}

async function stagedResult({ id, fence }: Claim, storage: Storage): Promise<JobResult> {
  const folder = `workspace-temp/anna/${id}/.staged/${fence}`
  const staged = { path: `${folder}/0.png`, thumbnailPath: `${folder}/0.thumb.webp` }
  for (const path of Object.values(staged)) {
    await storage.put(path, Buffer.from(id), { contentType: 'image/png' })
  }
  return { mode: 'txt2img', prompt: 'a cat', assets: [{ ...assetOf(id), staged }] }
}

export const assetOf = (id: string) => ({
  ...{ path: `anna/${id}/0.png`, thumbnailPath: `anna/${id}/0.thumb.webp` },
  ...{ width: 64, height: 64, seed: 7, bytes: 36, format: 'png' as const, sha256: `sha of ${id}` },
})

/** What must be true of a job that is over, whatever happened to it. */
export async function bookOf(database: Database, id: string) {
  const [row] = await database.query<{
    status: string
    won: number
    open: number
    charges: number
    callbacks: number
  }>(
    `select status,
       (select count(*)::int from i2i.attempts where job_id = $1 and state = 'won') as won,
       (select count(*)::int from i2i.attempts where job_id = $1
         and state in ('waiting', 'sending', 'sent', 'running')) as open,
       (select count(*)::int from i2i.charges where job_id = $1) as charges,
       (select count(*)::int from i2i.callbacks where job_id = $1) as callbacks
     from i2i.jobs where id = $1`,
    [id],
  )
  return row
}
