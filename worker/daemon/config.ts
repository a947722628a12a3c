/** The environment of the daemon, read once and here alone. */
import { z } from 'zod'
import { type Distillation, distillations, Failure } from '#contract'
import type { S3Options } from '#platform/storage/s3-storage.ts'
import { s3Contradictions, s3Of, s3Variables } from '#platform/storage/s3-variables.ts'
import type { DeviceChoice } from '#worker/engine/messages.ts'
import { type AskedGpus, askedGpus, contradictionsOf, deviceOf } from '#worker/gpu/asked-gpus.ts'
import { deviceChoices } from '../cli/config.ts'

const oneOf = (names: readonly string[]) => `must be one of ${names.join(', ')}`
const whole = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`
  return z.coerce.number(rule).int(rule).min(least, rule).max(most, rule)
}
const httpUrl = z.string().regex(/^https?:\/\/./i, 'must be an http or https URL')
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)
const ends = ['left', 'right'] as const
const tellers = ['worker', 'gateway'] as const
const schemes = ['job-callback', 'standard'] as const

const DEFAULT_FOLDER = '.data/files'

const environment = z.object({
  REDIS_URL: z.string('must be set: redis://HOST:PORT, or rediss://:PASSWORD@HOST:PORT for TLS'),
  QUEUE_NAME: z.string().default('sdxl_queue'),
  /** The end that is taken from; producers push to the right. */
  QUEUE_POP: z.enum(ends, oneOf(ends)).default('left'),
  /** 1: an evicting Redis is warned of, and used. */
  REDIS_ALLOW_UNSAFE: z.string().optional(),
  /** How long a worker that has gone silent keeps its jobs, in ms. */
  LEASE_MS: whole(1_000, 600_000).default(30_000),
  /** Between SIGTERM and giving back what is not done, in ms. */
  DRAIN_MS: whole(0, 3_600_000).default(25_000),
  WORKER_PORT: whole(0, 65_535).default(7859),
  WORKER_HOST: z.string().default('0.0.0.0'),

  DEVICE: z.enum(deviceChoices, oneOf(deviceChoices)).default('auto'),
  /** An engine on each of these GPUs, as nvidia-smi numbers them: `0,1`, or `all`. Unset: one engine. */
  GPUS: askedGpus.optional(),
  /** Read by CUDA where GPUS is unset. */
  CUDA_VISIBLE_DEVICES: z.string().optional(),
  SDXL_CHECKPOINT: z.string('must be set: a .safetensors file, or a diffusers folder'),
  SDXL_DISTILLATION: z.enum(distillations, oneOf(distillations)).optional(),
  LORA_CATALOGUE: z.string().optional(),
  /** As for `npm run i2i`; where unset, the trained sizes on a GPU and any on a CPU. */
  SERVED_SIZES: z.string().optional(),
  THREADS: whole(0, 256).default(0),

  /** With its key: pictures go to Supabase Storage, and callbacks to its job-callback. */
  SUPABASE_URL: httpUrl.optional(),
  SUPABASE_SERVICE_KEY: z.string().optional(),
  ...s3Variables,
  /** Pictures go here where there is neither Supabase nor S3; `none` for a worker whose jobs carry upload URLs. */
  STORAGE_FOLDER: z.string().optional(),
  /** Origins, such as `http://minio:9000`, that references may be fetched from though they are private. */
  PRIVATE_ORIGINS: list.pipe(z.array(httpUrl)).default([]),

  /** Who tells receivers: a worker without their keys leaves it to a gateway, which has them. */
  CALLBACKS: z.enum(tellers, oneOf(tellers)).default('worker'),
  CALLBACK_URL: httpUrl.optional(),
  /** Sent to CALLBACK_URL alone; the service key where unset. */
  CALLBACK_BEARER: z.string().optional(),
  JOB_CALLBACK_SECRET: z.string().optional(),
  CALLBACK_SCHEME: z.enum(schemes, oneOf(schemes)).default('job-callback'),
  /** Hosts, as `name` or `*.name`, that jobs may name callback URLs at. */
  CALLBACK_HOSTS: list.default([]),
})

export interface DaemonConfig {
  readonly redisUrl: string
  readonly queue: {
    readonly name: string
    readonly pop: 'left' | 'right'
    readonly leaseMs: number
  }
  readonly allowUnsafeRedis: boolean
  readonly drainMs: number
  readonly port: number
  readonly host: string
  /** `cuda` where GPUs are named. */
  readonly device: DeviceChoice
  /** Undefined for one engine, on what CUDA takes first. */
  readonly gpus: AskedGpus | undefined
  readonly checkpoint: string
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
}

export interface CallbackConfig {
  readonly by: (typeof tellers)[number]
  readonly url: string | undefined
  readonly bearer: string | undefined
  readonly secret: string | undefined
  readonly scheme: (typeof schemes)[number]
  readonly hosts: readonly string[]
}

/** Throws `configuration-invalid` listing every problem. An empty variable counts as unset. */
export function readDaemonConfig(variables: NodeJS.ProcessEnv = process.env): DaemonConfig {
  const set = Object.entries(variables).filter(([, value]) => value !== undefined && value !== '')
  const result = environment.safeParse(Object.fromEntries(set))
  const problems = result.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
  if (!result.success) throw invalid(problems ?? [])
  const found = result.data
  const supabase = supabaseOf(found)
  const folder = found.STORAGE_FOLDER ?? DEFAULT_FOLDER
  const callback = callbackOf(found)
  const contradictions = contradictionsIn(found, callback)
  if (contradictions.length > 0) throw invalid(contradictions)
  return {
    redisUrl: found.REDIS_URL,
    queue: { name: found.QUEUE_NAME, pop: found.QUEUE_POP, leaseMs: found.LEASE_MS },
    allowUnsafeRedis: found.REDIS_ALLOW_UNSAFE === '1',
    drainMs: found.DRAIN_MS,
    port: found.WORKER_PORT,
    host: found.WORKER_HOST,
    device: deviceOf({ gpus: found.GPUS, device: found.DEVICE }),
    gpus: found.GPUS,
    checkpoint: found.SDXL_CHECKPOINT,
    distillation: found.SDXL_DISTILLATION,
    loraCatalogue: found.LORA_CATALOGUE,
    servedSizes: found.SERVED_SIZES,
    threads: found.THREADS,
    supabase,
    s3: s3Of(found),
    storageFolder: folder === 'none' ? undefined : folder,
    privateOrigins: found.PRIVATE_ORIGINS,
    callback,
  }
}

type Found = z.infer<typeof environment>

function supabaseOf({ SUPABASE_URL: url, SUPABASE_SERVICE_KEY: serviceKey }: Found) {
  return url !== undefined && serviceKey !== undefined ? { url, serviceKey } : undefined
}

function callbackOf(found: Found): CallbackConfig {
  const supabase = supabaseOf(found)
  const ofSupabase = supabase && `${supabase.url.replace(/\/+$/, '')}/functions/v1/job-callback`
  const isSecret = found.JOB_CALLBACK_SECRET !== undefined
  return {
    by: found.CALLBACKS,
    // Without the secret that signs them, job-callback would refuse them all.
    url: found.CALLBACK_URL ?? (isSecret ? ofSupabase : undefined),
    bearer: found.CALLBACK_BEARER ?? supabase?.serviceKey,
    secret: found.JOB_CALLBACK_SECRET,
    scheme: found.CALLBACK_SCHEME,
    hosts: found.CALLBACK_HOSTS,
  }
}

function contradictionsIn(found: Found, { url, secret, hosts }: CallbackConfig): string[] {
  const isHalf = (found.SUPABASE_URL === undefined) !== (found.SUPABASE_SERVICE_KEY === undefined)
  const isUnsigned = (url !== undefined || hosts.length > 0) && secret === undefined
  const { GPUS: gpus, DEVICE: device, CUDA_VISIBLE_DEVICES: visibleGpus } = found
  return [
    ...contradictionsOf({ gpus, device, visibleGpus }),
    ...s3Contradictions(found),
    ...(isHalf ? ['SUPABASE_URL and SUPABASE_SERVICE_KEY belong together, and one is unset'] : []),
    ...(isUnsigned ? ['JOB_CALLBACK_SECRET must be set, for callbacks are signed with it'] : []),
  ]
}

const invalid = (problems: readonly string[]): Failure =>
  new Failure('configuration-invalid', `In the environment: ${problems.join('; ')}.`)
