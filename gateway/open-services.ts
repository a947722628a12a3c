/** What a gateway stands on, opened in the order in which one needs the other. */
import type { Queue } from '#contract'
import { createGuardedFetch, type GuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import type { Log } from '#platform/log.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Tracing } from '#platform/tracing/span.ts'
import { createUnwind } from '#platform/unwind.ts'
import { openClassifier } from '../policy/image/open-classifier.ts'
import { createPictureScreen, type PictureScreen } from '../policy/image/picture-screen.ts'
import { createReferenceGate, type ReferenceGate } from '../policy/reference/reference-gate.ts'
import type { Screen } from '../policy/screen.ts'
import { screenOf } from '../policy/screen-of.ts'
import type { GatewayConfig } from './config.ts'
import type { Database } from './database/database.ts'
import { joinGateways } from './join-gateways.ts'
import { keptSecret } from './kept-secret.ts'
import { createMetrics, type GatewayMetrics } from './metrics.ts'
import { type Callers, openCallers } from './open-callers.ts'
import { openDatabase } from './open-database.ts'
import { openLine } from './open-line.ts'
import { openProviders } from './open-providers.ts'
import { openStorage } from './open-storage.ts'
import type { Provider } from './providers/provider.ts'
import type { RedisState } from './redis-watch.ts'
import { takenDownAmong } from './trust/lineage.ts'
import { type Patience, untilDatabase } from './until-database.ts'

export interface Services extends AsyncDisposable {
  readonly log: Log
  /** Undefined where nobody traces. */
  readonly tracing: Tracing | undefined
  /** Without a slash at its end. */
  readonly baseUrl: string
  /** Signs URLs and the tokens of webhooks. */
  readonly secret: string
  readonly database: Database
  readonly queue: Queue
  /** Whether jobs are safe in what the queue lies in. */
  readonly redisState: () => RedisState
  readonly storage: Storage
  /** Whether this gateway serves the files of its storage itself. */
  readonly isStorageLocal: boolean
  readonly decoder: Decoder
  readonly guard: GuardedFetch
  readonly screen: Screen
  readonly pictureScreen: PictureScreen
  readonly referenceGate: ReferenceGate
  readonly providers: readonly Provider[]
  readonly callers: Callers
  readonly metrics: GatewayMetrics
}

export interface Given extends Patience {
  /** As the queue. */
  readonly tracing?: Tracing | undefined
  readonly baseUrl: string
  /** Opened by whoever hands it in, and left open. */
  readonly queue?: Queue | undefined
  /** As the queue; migrated too. */
  readonly database?: Database | undefined
}

/** Waits for a database that is away; undefined where that was given up. Throws `configuration-invalid`. */
export async function openServices(
  config: GatewayConfig,
  given: Given,
): Promise<Services | undefined> {
  const { log, tracing, baseUrl } = given
  await using opening = createUnwind()
  const folder = config.dataFolder
  const secret = await keptSecret('GATEWAY_SECRET', { given: config.secret, folder })
  const pepper = await keptSecret('KEY_PEPPER', { given: config.callers.pepper, folder })
  const metrics = createMetrics()
  const own = given.database ? undefined : await openDatabase(config, given)
  const database = given.database ?? (own && opening.use(own))
  if (!database) return undefined
  const onError = (error: unknown) => log.warn('not told of to other gateways', { error })
  const join = () => joinGateways(database, { secret, pepper, onError })
  const joined = await untilDatabase(join, given)
  if (!joined) return undefined
  opening.use(joined)
  const { queue, redis, redisState } = opening.use(await openLine(config, given))
  const storage = openStorage(config.storage, { baseUrl: `${baseUrl}/v1/files`, secret })
  const decoder = opening.use(new Decoder())
  // Whoever has only workers of ours leaves the looking to them.
  const hasProviders = config.replicate !== undefined || config.fal !== undefined
  const classifier = hasProviders ? await openClassifier(config.policy.classifierFile) : undefined
  if (classifier) opening.use(classifier)
  const hasClassifier = classifier !== undefined
  return {
    ...{ log, tracing, baseUrl, secret, metrics, database, queue, redisState, storage, decoder },
    isStorageLocal: !config.storage.s3 && !config.storage.supabase,
    guard: createGuardedFetch({ privateOrigins: config.privateOrigins }),
    screen: screenOf(config.policy),
    referenceGate: createReferenceGate({
      ...config.policy,
      takenDown: { among: (hashes) => takenDownAmong(database, hashes) },
    }),
    // Providers have safety checkers of their own, which are on: what they make in sfw need not be looked at again.
    pictureScreen: createPictureScreen({ ...config.policy, classifier, content: 'sfw' }),
    providers: openProviders(config, { metrics, log, hasClassifier }),
    callers: openCallers(config, { sql: database, redis, pepper, log }),
    [Symbol.asyncDispose]: opening.keep(),
  }
}
