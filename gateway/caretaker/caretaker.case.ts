/** A caretaker for tests with all that it stands on: routing, storage, a decoder, and an address for webhooks. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve as listen } from '@hono/node-server'
import { expect } from 'vitest'
import { type Asked, type ContentMode, identify, memoryQueue, type Planned, plan } from '#contract'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import type { Decoder } from '#platform/image/decoder/decoder.ts'
import { createLog } from '#platform/log.ts'
import { localStorage } from '#platform/storage/local-storage.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { createPictureScreen } from '../../policy/image/picture-screen.ts'
import { createReferenceGate } from '../../policy/reference/reference-gate.ts'
import type { Database } from '../database/database.ts'
import { problemOf } from '../http/problem.ts'
import { orderOf } from '../providers/order.case.ts'
import type { Provider } from '../providers/provider.ts'
import { picture } from '../providers/replicate/stub-picture.case.ts'
import { webhookRoutes } from '../routes/webhooks.ts'
import { createRouting, type Routing } from '../routing/routing.ts'
import { jobById } from '../store/find-jobs.ts'
import { insertJob } from '../store/insert-job.ts'
import type { JobRow, ProviderName } from '../store/job-row.ts'
import { takenDownAmong } from '../trust/lineage.ts'
import type { CareParts, CareTimes } from './care.ts'
import { type Caretaker, startCaretaker } from './caretaker.ts'

export interface CareWish {
  readonly id?: string
  readonly mode?: 'modify' | 'txt2img'
  readonly provider?: ProviderName
  readonly only?: ProviderName
  readonly images?: number
  readonly asked?: Asked
  readonly deadlineMs?: number
  readonly callback?: string
  readonly contentMode?: ContentMode
  /** A path of the user's; a picture of noise unless given. */
  readonly reference?: string
}

export interface CareTest extends AsyncDisposable {
  readonly database: Database
  readonly parts: CareParts
  readonly routing: Routing
  readonly storage: Storage
  /** Lines of the log, as objects. */
  readonly logged: readonly Record<string, unknown>[]
  readonly accept: (wish?: CareWish) => Promise<{ readonly id: string; readonly attemptId: string }>
  /** Starts one more gateway's; the first is started by this too. */
  readonly start: () => Caretaker
  readonly row: (id: string) => Promise<JobRow>
  /** The job, once it is over. */
  readonly ended: (id: string) => Promise<JobRow>
  readonly attempts: (id: string) => Promise<readonly AttemptFacts[]>
  readonly count: (what: 'charges' | 'callbacks', id: string) => Promise<number>
}

export interface AttemptFacts {
  readonly provider: string
  readonly state: string
  readonly code: string | null
  readonly cost: number | null
  readonly isLetGo: boolean
}

/** Quick, so that a test of a minute's waits takes a second. */
export const quick = {
  ...{ every: 20, lease: 10_000, firstLook: 20, longestLook: 60, longestLookWithWebhook: 60_000 },
  ...{ find: 300, stop: 600, refetch: 10, letGo: 100 },
} satisfies Partial<CareTimes>

export interface CareOptions {
  readonly database: Database
  readonly decoder: Decoder
  readonly providers: readonly Provider[]
  readonly order?: readonly ProviderName[]
  /** Whether providers are told where to call back. */
  readonly hasWebhooks?: boolean
  readonly parts?: Partial<CareParts>
}

export const USER = 'anna'

export async function careTest(options: CareOptions): Promise<CareTest> {
  const { database, decoder, providers, order = ['replicate', 'fal-ai'] } = options
  const folder = await mkdtemp(join(tmpdir(), 'i2i-care-'))
  const storage = localStorage({ folder, baseUrl: 'http://127.0.0.1/v1/files', secret: 'secret' })
  await storage.put(`user-library/${USER}/a.png`, picture(), { contentType: 'image/png' })
  const queue = memoryQueue({ idOf: (raw) => identify(raw, randomUUID) })
  const routing = await createRouting({ queue, sql: database, providers, order })
  const logged: Record<string, unknown>[] = []
  const log = createLog({ destination: { write: (line) => void logged.push(JSON.parse(line)) } })
  const caretakers: Caretaker[] = []
  const nudge = () => {
    for (const each of caretakers) each.nudge()
  }
  const app = webhookRoutes({ database, providers, log, caretaker: { nudge } })
  app.onError((error) => {
    const { problem } = problemOf(error)
    return Response.json(problem, { status: problem.status })
  })
  const server = listen({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const origins = providers
    .flatMap(({ outputHosts }) => outputHosts)
    .filter((host) => /:/.test(host))
  const parts: CareParts = {
    ...{ database, providers, routing, storage, decoder, log, secret: 'a secret of all gateways' },
    publicUrl: options.hasWebhooks ? `http://127.0.0.1:${port}` : undefined,
    isStoragePublic: false,
    guard: createGuardedFetch(),
    screen: async () => undefined,
    pictureScreen: createPictureScreen({ classifier: undefined, content: 'sfw' }),
    referenceGate: createReferenceGate({
      trustedMakers: [],
      takenDown: { among: (hashes) => takenDownAmong(database, hashes) },
    }),
    outputRules: { privateOrigins: origins },
    times: quick,
    ...options.parts,
  }
  const row = async (id: string) => {
    const found = await jobById(database, id)
    if (!found) throw new Error(`there is no job ${id}`)
    return found
  }
  return {
    ...{ database, parts, routing, storage, logged, row },
    async accept(wish = {}) {
      const { provider = 'replicate', mode = 'txt2img', images = 1, only, deadlineMs } = wish
      const id = wish.id ?? randomUUID()
      const attemptId = randomUUID()
      const asked = { prompt: 'a cat in the snow', images, ...wish.asked }
      const { job } = orderOf({ mode, asked, size: { width: 1024, height: 1024 } })
      const planned: Planned = plan(mode, asked, 1234)
      const deadlineAt = deadlineMs === undefined ? undefined : Date.now() + deadlineMs
      const own = {
        ...{ id, userId: USER, deadlineAt, size: { width: 64, height: 64 } },
        ...(wish.callback && { callback: { url: wish.callback } }),
        ...(wish.contentMode && { contentMode: wish.contentMode }),
        ...(mode === 'modify' && { reference: { path: wish.reference ?? `${USER}/a.png` } }),
      }
      await insertJob(database, {
        ...{ job: { ...job, ...own }, planned, class: 'txt2img 1024x1024' },
        ...{ tenant: 'test', userId: USER, surface: 'v1', provider, notes: [], attemptId },
        onlyProvider: only,
      })
      nudge()
      return { id, attemptId }
    },
    start() {
      const caretaker = startCaretaker(parts)
      caretakers.push(caretaker)
      return caretaker
    },
    async ended(id) {
      for (;;) {
        const now = await row(id)
        if (now.finishedAt !== null) return now
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
    },
    attempts: (id) =>
      database.query<AttemptFacts>(
        `select provider, state, code, cost_micros::int as cost, let_go_at is not null as "isLetGo"
         from i2i.attempts where job_id = $1 order by n`,
        [id],
      ),
    async count(what, id) {
      const text = `select count(*)::int as n from i2i.${what} where job_id = $1`
      const [counted] = await database.query<{ n: number }>(text, [id])
      return counted?.n ?? 0
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(caretakers.map((each) => each[Symbol.asyncDispose]()))
      await routing[Symbol.asyncDispose]()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Each attempt in words: `replicate failed provider-denied`. */
export async function statesOf(database: Database, id: string): Promise<readonly string[]> {
  const rows = await database.query<{ words: string }>(
    `select concat_ws(' ', provider, state, code) as words from i2i.attempts
     where job_id = $1 order by n`,
    [id],
  )
  return rows.map(({ words }) => words)
}

/** However busy the machine is. */
export const eventually = <Seen>(look: () => Seen) => expect.poll(look, { interval: 20 })
