/** A gateway's surfaces for tests: real parts over PGlite, the queue in memory, local files, and a stand-in worker. */

import { Failure } from '#contract'
import { decodeImage } from '#platform/image/decode.ts'
import { createLog } from '#platform/log.ts'
import { repeat } from '#platform/repeat.ts'
import type { Database } from '../database/database.ts'
import { createJobWatch } from '../events/job-watch.ts'
import { shareWithPages } from '../http/cross-origin.ts'
import { observe } from '../http/observe.ts'
import { missing } from '../http/refuse.ts'
import { createRouter, type Router } from '../http/router.ts'
import { createWaitForEnd } from '../http/wait-for-end.ts'
import { answerWishes, cancelJob } from '../jobs/cancel.ts'
import { dispatch } from '../jobs/dispatch.ts'
import { callerNamed, firstOf, type TestGateway, testGateway } from '../jobs/jobs.case.ts'
import { settleLocal } from '../jobs/settle-local.ts'
import { watchLocal } from '../jobs/watch-local.ts'
import type { ProviderName } from '../store/job-row.ts'
import { createSaveUpload } from '../uploads/save-upload.ts'
import { refuseByPath } from './refuse-by-path.ts'
import { type StandInOptions, type StandInWorker, standInWorker } from './stand-in-worker.case.ts'
import type { SurfaceParts } from './surface-parts.ts'

export interface TestSurfaces extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly worker: StandInWorker
  readonly parts: SurfaceParts
  /** Images that `limit` was told of, a request each. */
  readonly costs: readonly number[]
}

export interface TestSurfacesOptions extends StandInOptions {
  readonly heldMs?: number
  /** In the order in which they are asked; our workers alone unless given. */
  readonly providers?: readonly ProviderName[]
}

const EVERY_MS = 10

/** Anybody is who their bearer says: `Bearer bert` is bert. */
const authenticate: SurfaceParts['authenticate'] = async ({ header }) => {
  const [, name] = /^Bearer (\w+)$/.exec(header('authorization') ?? '') ?? []
  if (name !== undefined) return callerNamed(name)
  throw new Failure('unauthorized', 'A key or token is missing.')
}

export async function testSurfaces(
  database: Database,
  options: TestSurfacesOptions = {},
): Promise<TestSurfaces> {
  const { providers = ['local-sdxl'] } = options
  const gateway = await testGateway(database, { choose: firstOf(...providers) })
  const { queue, storage, accept } = gateway
  const worker = standInWorker(queue, storage, options)
  const turn = async () => {
    await dispatch(gateway.parts)
    await watchLocal(gateway.parts)
    await answerWishes(gateway.parts)
    await settleLocal(queue.settlements, gateway.parts)
  }
  const onError = (error: unknown) => {
    throw error
  }
  const turning = repeat(turn, { every: EVERY_MS, onError })
  const times = { events: EVERY_MS, rows: EVERY_MS, line: EVERY_MS }
  const jobWatch = createJobWatch({ database, queue, previews: queue.previews, onError, times })
  const costs: number[] = []
  return {
    ...{ gateway, worker, costs },
    parts: {
      ...{ accept, database, storage, authenticate },
      saveUpload: createSaveUpload({
        database,
        storage,
        decoder: { decode: (bytes) => decodeImage(bytes) },
      }),
      ...{ jobWatch, waitForEnd: createWaitForEnd({ database, watch: jobWatch }) },
      cancel: (id, owner) => cancelJob(id, owner, gateway.parts),
      limits: {
        check: async (_, images) => {
          costs.push(images)
          return { ok: true, retryAfterMs: 0, headers: { 'ratelimit-limit': '100' } }
        },
      },
      log: createLog({ level: 'silent' }),
      heldMs: options.heldMs,
    },
    async [Symbol.asyncDispose]() {
      await jobWatch[Symbol.asyncDispose]()
      await worker[Symbol.asyncDispose]()
      await turning[Symbol.asyncDispose]()
      await gateway[Symbol.asyncDispose]()
    },
  }
}

/** As `createApp` puts routes together. */
export function appOf({ log }: Pick<SurfaceParts, 'log'>, ...routers: readonly Router[]): Router {
  const app = createRouter()
  app.use(observe({ log, meter: { answered() {} } }))
  app.use(shareWithPages())
  for (const router of routers) app.route('/', router)
  const refused = refuseByPath(log)
  app.onError(refused)
  app.notFound(missing(app, refused))
  return app
}
