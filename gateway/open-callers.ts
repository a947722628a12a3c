/** Who may call and how often, as it is configured. */
import type { RedisCommands } from '#contract'
import type { Log } from '#platform/log.ts'
import { type Authenticate, createAuthenticate } from './callers/authenticate.ts'
import { type ClientAddress, createClientAddress } from './callers/client-address.ts'
import { drawAhead } from './callers/draw-ahead.ts'
import { createKeyRing } from './callers/key-ring.ts'
import { createLimits, type Limits } from './callers/limits.ts'
import { memoryBuckets } from './callers/memory-buckets.ts'
import { redisBuckets } from './callers/redis-buckets.ts'
import { createUsageBook } from './callers/usage.ts'
import { createVerifyToken } from './callers/user-tokens.ts'
import type { GatewayConfig } from './config.ts'
import type { Sql } from './database/database.ts'

export interface Callers {
  readonly authenticate: Authenticate
  readonly limits: Limits
  readonly clientAddress: ClientAddress
}

export interface CallersParts {
  readonly sql: Sql
  /** Where gateways share what they count; undefined for one alone. */
  readonly redis: RedisCommands | undefined
  /** Keys are hashed with it. */
  readonly pepper: string
  readonly log: Log
}

/** Of what may be asked in a minute, how much at once. */
const BURST = 0.2
/** Beyond what routing lets wait, where nobody else could do it. */
const PATIENCE = 10

export function openCallers(
  { callers, routing }: GatewayConfig,
  { sql, redis, pepper, log }: CallersParts,
): Callers {
  const { supabaseUrl, jwtSecret, perMinute, perAddress } = callers
  const keys = createKeyRing({ sql, pepper, onError: (error) => log.warn('not noted', { error }) })
  const onAway = (error: unknown) => log.warn('limits are counted here', { error })
  const buckets = redis ? drawAhead(redisBuckets({ redis, onAway })) : memoryBuckets()
  const bucketOf = (rate: number) => ({ perMinute: rate, burst: Math.max(1, BURST * rate) })
  return {
    authenticate: createAuthenticate({
      keys,
      verifyToken:
        supabaseUrl === undefined ? undefined : createVerifyToken({ supabaseUrl, jwtSecret }),
      isLocalAdult: callers.isLocalAdult,
      mayLocalAttest: callers.mayLocalAttest,
    }),
    clientAddress: createClientAddress(callers.trustedProxies),
    limits: createLimits({
      buckets,
      usage: createUsageBook(sql, { countsDays: callers.dailyImages !== undefined }),
      settings: {
        requests: bucketOf(perMinute),
        addresses: bucketOf(perAddress),
        openJobs: callers.mostOpenJobs,
        waitingJobs: PATIENCE * routing.mostWaiting,
        imagesPerDay: callers.dailyImages,
      },
    }),
  }
}
