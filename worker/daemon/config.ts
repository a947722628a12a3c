/** The environment of the daemon, read once and here alone. */
import type { ContentMode, Distillation } from '#contract'
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
import type { DeviceChoice } from '#worker/engine/messages.ts'
import { type EnhancerConfig, enhancerConfigOf } from '#worker/enhance/variables.ts'
import { type AskedGpus, contradictionsOf, deviceOf } from '#worker/gpu/asked-gpus.ts'
import { findCheckpoint } from '#worker/models/find-checkpoint.ts'
import { type PolicyConfig, readPolicyConfig } from '../../policy/config.ts'
import { environment, type Variables } from './variables.ts'

const DEFAULT_FOLDER = '.data/files'
const DEFAULT_PORT = 7859

export interface DaemonConfig {
  readonly redisUrl: string
  readonly queue: QueueConfig
  readonly allowUnsafeRedis: boolean
  readonly drainMs: number
  /** Undefined: nobody is answered. */
  readonly port: number | undefined
  /** Those of a platform that has wishes of its own, beside it. */
  readonly otherPorts: readonly number[]
  readonly host: string
  /** `cuda` where GPUs are named. */
  readonly device: DeviceChoice
  /** Undefined for one engine, on what CUDA takes first. */
  readonly gpus: AskedGpus | undefined
  /** Absolute. */
  readonly checkpoint: string
  readonly sha256: string | undefined
  readonly stageFolder: string | undefined
  /** The most that it can draw. */
  readonly checkpointContent: ContentMode
  readonly distillation: Distillation | undefined
  readonly loraCatalogue: string | undefined
  readonly servedSizes: string | undefined
  readonly threads: number
  readonly supabase: { readonly url: string; readonly serviceKey: string } | undefined
  readonly s3: S3Options | undefined
  /** Undefined for `none`. */
  readonly storageFolder: string | undefined
  readonly privateOrigins: readonly string[]
  readonly callback: CallbackConfig
  readonly enhancer: EnhancerConfig
  readonly policy: PolicyConfig
  readonly showsPreviews: boolean
  /** Undefined where nobody traces. */
  readonly tracing: TracingConfig | undefined
}

/** Throws `configuration-invalid` listing every problem. An empty variable counts as unset. */
export function readDaemonConfig(variables: NodeJS.ProcessEnv = process.env): DaemonConfig {
  const found = readEnvironment(environment, variables, contradictionsIn)
  const folder = found.STORAGE_FOLDER ?? DEFAULT_FOLDER
  return {
    redisUrl: found.REDIS_URL,
    queue: queueOf(found),
    allowUnsafeRedis: found.REDIS_ALLOW_UNSAFE === '1',
    drainMs: found.DRAIN_MS,
    ...portsOf(found),
    host: found.WORKER_HOST,
    device: deviceOf({ gpus: found.GPUS, device: found.DEVICE }),
    gpus: found.GPUS,
    checkpoint: findCheckpoint(found.SDXL_CHECKPOINT, found.MODELS),
    sha256: found.SDXL_SHA256,
    stageFolder: found.STAGE_FOLDER,
    checkpointContent: found.CHECKPOINT_CONTENT,
    distillation: found.SDXL_DISTILLATION,
    loraCatalogue: found.LORA_CATALOGUE,
    servedSizes: found.SERVED_SIZES,
    threads: found.THREADS,
    supabase: supabaseOf(found),
    s3: s3Of(found),
    storageFolder: folder === 'none' ? undefined : folder,
    privateOrigins: found.PRIVATE_ORIGINS,
    callback: callbackOf(found, supabaseOf(found)),
    enhancer: enhancerConfigOf(found),
    policy: readPolicyConfig(variables),
    showsPreviews: found.PREVIEWS === 'on',
    tracing: tracingOf(found),
  }
}

function portsOf({ WORKER_PORT, PORT_HEALTH, PORT }: Variables) {
  const [port = DEFAULT_PORT, ...others] = [WORKER_PORT, PORT_HEALTH, PORT].filter(
    (each) => each !== undefined,
  )
  return { port, otherPorts: [...new Set(others)].filter((other) => other !== port) }
}

function supabaseOf({ SUPABASE_URL: url, SUPABASE_SERVICE_KEY: serviceKey }: Variables) {
  return url !== undefined && serviceKey !== undefined ? { url, serviceKey } : undefined
}

function contradictionsIn(found: Variables): string[] {
  const isHalf = (found.SUPABASE_URL === undefined) !== (found.SUPABASE_SERVICE_KEY === undefined)
  const { GPUS: gpus, DEVICE: device, CUDA_VISIBLE_DEVICES: visibleGpus } = found
  return [
    ...contradictionsOf({ gpus, device, visibleGpus }),
    ...s3Contradictions(found),
    ...(isHalf ? ['SUPABASE_URL and SUPABASE_SERVICE_KEY belong together, and one is unset'] : []),
    ...callbackContradictions(callbackOf(found, supabaseOf(found))),
  ]
}
