/** The environment of the gateway, read once and here alone. */
import { join } from 'node:path'
import type { ContentMode } from '#contract'
import { readEnvironment } from '#platform/environment/read-environment.ts'
import { type QueueConfig, queueOf } from '#platform/redis/queue-variables.ts'
import type { S3Options } from '#platform/storage/s3-storage.ts'
import { s3Contradictions, s3Of } from '#platform/storage/s3-variables.ts'
import { type TracingConfig, tracingOf } from '#platform/tracing/tracing-variables.ts'
import {
  type CallbackConfig,
  callbackContradictions,
  callbackOf,
} from '#platform/webhook/callback-variables.ts'
import { type PolicyConfig, readPolicyConfig } from '../policy/config.ts'
import { environment, type Variables } from './config/variables.ts'
import type { Ages } from './jobs/retention.ts'
import type { Price } from './providers/price.ts'
import type { ProviderName } from './store/job-row.ts'

export interface GatewayConfig {
  readonly database: { readonly url: string | undefined; readonly connections: number }
  readonly dataFolder: string
  readonly policy: PolicyConfig
  /** Undefined: one is made, and kept in the folder. */
  readonly secret: string | undefined
  /** Undefined where no worker of ours takes part. */
  readonly redisUrl: string | undefined
  readonly queue: QueueConfig
  readonly allowUnsafeRedis: boolean
  readonly host: string
  readonly port: number
  /** Without a slash at its end. */
  readonly publicUrl: string | undefined
  readonly drain: { readonly delayMs: number; readonly mostMs: number }
  readonly logLevel: Variables['LOG_LEVEL']
  readonly storage: StorageConfig
  readonly privateOrigins: readonly string[]
  readonly mintUploads: boolean
  readonly routing: RoutingConfig
  readonly replicate: ReplicateConfig | undefined
  readonly fal: FalConfig | undefined
  readonly callers: CallersConfig
  readonly ages: Pick<Ages, 'uploads' | 'outputs' | 'rows' | 'policyEvents'>
  readonly callback: CallbackConfig
  readonly isQueueJobOn: boolean
  readonly writesSystemConfig: boolean
  readonly showsPreviews: boolean
  /** Undefined where nobody traces. */
  readonly tracing: TracingConfig | undefined
}

export interface StorageConfig {
  readonly s3: S3Options | undefined
  readonly supabase: { readonly url: string; readonly serviceKey: string } | undefined
  /** Used where there is neither. */
  readonly folder: string
}

export interface RoutingConfig {
  /** Those alone that are configured. */
  readonly order: readonly ProviderName[]
  /** Undefined where no other provider could take over: a job then waits as long as it takes. */
  readonly defaultDeadlineMs: number | undefined
  readonly mostWaiting: number
  readonly localContentModes: readonly ContentMode[]
}

export interface ReplicateConfig {
  readonly token: string
  readonly model: string
  readonly strength: 'denoise' | 'reference' | undefined
  readonly webhookSecrets: readonly string[]
  readonly contentModes: readonly ContentMode[]
  readonly price: Price | undefined
  readonly baseUrl: string | undefined
}

export interface FalConfig {
  readonly prices: Readonly<Record<string, Price>>
  readonly restUrl: string | undefined
  readonly key: string
  readonly modifyApp: string | undefined
  readonly userId: string | undefined
  readonly contentModes: readonly ContentMode[]
  readonly baseUrl: string | undefined
}

export interface CallersConfig {
  /** Whether who comes without a key, where there are none, may have content mode nsfw. */
  readonly isLocalAdult: boolean
  /** Whether they may attest the consent of who is shown in a reference. */
  readonly mayLocalAttest: boolean
  readonly pepper: string | undefined
  readonly supabaseUrl: string | undefined
  readonly jwtSecret: string | undefined
  readonly perMinute: number
  readonly perAddress: number
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  readonly mostOpenJobs: number
  readonly dailyImages: number | undefined
}

const DAY = 24 * 60 * 60_000

/** Throws `configuration-invalid` listing every problem. An empty variable counts as unset. */
export function readGatewayConfig(given: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const found = readEnvironment(environment, given, contradictionsIn)
  return {
    database: { url: found.DATABASE_URL, connections: found.DATABASE_CONNECTIONS },
    dataFolder: found.DATA_FOLDER,
    policy: readPolicyConfig(given),
    secret: found.GATEWAY_SECRET,
    redisUrl: found.REDIS_URL,
    queue: queueOf(found),
    allowUnsafeRedis: found.REDIS_ALLOW_UNSAFE === '1',
    host: found.GATEWAY_HOST,
    port: found.GATEWAY_PORT,
    publicUrl: found.PUBLIC_URL?.replace(/\/+$/, ''),
    drain: { delayMs: found.DRAIN_DELAY_MS, mostMs: found.DRAIN_MS },
    logLevel: found.LOG_LEVEL,
    storage: {
      s3: s3Of(found),
      supabase: supabaseOf(found),
      folder: found.STORAGE_FOLDER ?? join(found.DATA_FOLDER, 'files'),
    },
    privateOrigins: found.PRIVATE_ORIGINS,
    mintUploads: found.MINT_UPLOADS === '1',
    routing: routingOf(found),
    replicate: replicateOf(found),
    fal: falOf(found),
    callers: {
      isLocalAdult: found.LOCAL_ADULT === '1',
      mayLocalAttest: found.LOCAL_ATTESTS === '1',
      pepper: found.KEY_PEPPER,
      supabaseUrl: found.SUPABASE_URL,
      jwtSecret: found.SUPABASE_JWT_SECRET,
      perMinute: found.RATE_PER_MINUTE,
      perAddress: found.RATE_PER_ADDRESS,
      trustedProxies: found.TRUSTED_PROXIES,
      mostOpenJobs: found.MAX_OPEN_JOBS,
      dailyImages: found.DAILY_IMAGES,
    },
    ages: {
      uploads: found.KEEP_UPLOADS_DAYS * DAY,
      outputs: found.KEEP_OUTPUTS_DAYS * DAY,
      rows: found.KEEP_ROWS_DAYS * DAY,
      policyEvents: found.KEEP_AUDIT_DAYS * DAY,
    },
    callback: callbackOf(found, supabaseOf(found)),
    isQueueJobOn: found.SDXL_QUEUE_ENABLED === 'true',
    writesSystemConfig: found.WRITE_SYSTEM_CONFIG === '1',
    showsPreviews: found.PREVIEWS === 'on',
    tracing: tracingOf(found),
  }
}

function supabaseOf({ SUPABASE_URL: url, SUPABASE_SERVICE_KEY: serviceKey }: Variables) {
  return url !== undefined && serviceKey !== undefined ? { url, serviceKey } : undefined
}

function routingOf(found: Variables): RoutingConfig {
  const isThere: Readonly<Record<ProviderName, boolean>> = {
    'local-sdxl': found.REDIS_URL !== undefined,
    replicate: found.REPLICATE_API_TOKEN !== undefined,
    'fal-ai': found.FAL_KEY !== undefined,
  }
  const order = [...new Set(found.FALLBACK_ORDER)].filter((name) => isThere[name])
  return {
    order,
    defaultDeadlineMs: order.some((name) => name !== 'local-sdxl') ? found.DEADLINE_MS : undefined,
    mostWaiting: found.MAX_WAITING,
    localContentModes: found.LOCAL_CONTENT_MODES,
  }
}

function replicateOf(found: Variables): ReplicateConfig | undefined {
  if (found.REPLICATE_API_TOKEN === undefined) return undefined
  return {
    token: found.REPLICATE_API_TOKEN,
    model: found.REPLICATE_MODEL,
    strength: found.REPLICATE_STRENGTH,
    webhookSecrets: found.REPLICATE_WEBHOOK_SECRET,
    contentModes: found.REPLICATE_CONTENT_MODES,
    price: found.REPLICATE_PRICE,
    baseUrl: found.REPLICATE_URL,
  }
}

function falOf(found: Variables): FalConfig | undefined {
  if (found.FAL_KEY === undefined) return undefined
  return {
    key: found.FAL_KEY,
    modifyApp: found.FAL_MODIFY_APP,
    prices: found.FAL_PRICES ?? {},
    userId: found.FAL_USER_ID,
    contentModes: found.FAL_CONTENT_MODES,
    baseUrl: found.FAL_URL,
    restUrl: found.FAL_REST_URL,
  }
}

/** A service key alone is a mistake; a URL alone is where callers' tokens come from. */
function contradictionsIn(found: Variables): string[] {
  const { SUPABASE_URL: supabase, SUPABASE_SERVICE_KEY: serviceKey } = found
  const mends: readonly (readonly [boolean, string])[] = [
    [
      serviceKey !== undefined && supabase === undefined,
      'SUPABASE_SERVICE_KEY is set without SUPABASE_URL',
    ],
    [
      found.SUPABASE_JWT_SECRET !== undefined && supabase === undefined,
      'SUPABASE_JWT_SECRET is set without SUPABASE_URL, which tokens must name',
    ],
    [
      routingOf(found).order.length === 0,
      'nobody is there to draw: set REDIS_URL for workers, REPLICATE_API_TOKEN or FAL_KEY, and name them in FALLBACK_ORDER',
    ],
    [
      found.WRITE_SYSTEM_CONFIG === '1' && found.DATABASE_URL === undefined,
      'WRITE_SYSTEM_CONFIG is set without DATABASE_URL, where that table is',
    ],
    [
      found.KEEP_ROWS_DAYS < found.KEEP_OUTPUTS_DAYS,
      'KEEP_ROWS_DAYS is less than KEEP_OUTPUTS_DAYS: pictures would outlive what is known of them',
    ],
  ]
  const storages = { ...found, SUPABASE_URL: serviceKey === undefined ? undefined : supabase }
  return [
    ...s3Contradictions(storages),
    ...callbackContradictions(callbackOf(found, supabaseOf(found))),
    ...mends.flatMap(([isWrong, mend]) => (isWrong ? [mend] : [])),
  ]
}
