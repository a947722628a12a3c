/** RunPod's REST API, version 2, as far as pods go: https://docs.runpod.io/api-reference-v2. Version 1 is gone since 2026-11-15. */
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { Failure, messageOf } from '#contract'
import { within } from '#platform/within.ts'

const gpu = z.object({ id: z.string(), count: z.int().min(1) })
const mounts = z.object({
  persistent: z.object({ size: z.int(), path: z.string() }).optional(),
  network: z.array(z.object({ volumeId: z.string(), path: z.string() })).optional(),
})

const pod = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  /** A string, so that one more state than was documented breaks nothing. */
  status: z.string(),
  disk: z.int().optional(),
  ports: z.array(z.string()).nullish(),
  env: z.record(z.string(), z.string()).nullish(),
  args: z.string().nullish(),
  registry: z.string().nullish(),
  mounts: mounts.nullish(),
  gpu: gpu.nullish(),
  cloud: z.enum(['SECURE', 'COMMUNITY']).optional(),
  /** Dollars an hour. */
  cost: z.number().optional(),
  createdAt: z.string().optional(),
})
export type Pod = Readonly<z.infer<typeof pod>>

const gpuType = z.object({
  id: z.string(),
  name: z.string(),
  /** Gigabytes. */
  memory: z.number(),
  secure: z.boolean(),
  community: z.boolean(),
  /** Dollars an hour; 0 where the cloud has none. */
  price: z.object({ secure: z.number(), community: z.number() }),
  availability: z.string().optional(),
})
export type GpuType = Readonly<z.infer<typeof gpuType>>

export interface PodRequest {
  readonly name: string
  readonly image: string
  readonly args?: string
  readonly gpu: { readonly id: string; readonly count: number; readonly minCudaVersion?: string }
  readonly cloud: 'SECURE' | 'COMMUNITY'
  /** Gigabytes, on the machine itself. */
  readonly disk: number
  readonly ports: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly mounts?: Pod['mounts']
  readonly registry?: string
  readonly startSsh: false
}

/** What the console and the serverless API make pods of: the same, without a card and a name for each. */
export interface TemplateRequest
  extends Pick<PodRequest, 'name' | 'image' | 'disk' | 'ports' | 'env' | 'startSsh'> {
  readonly category: 'NVIDIA'
  readonly allowedCudaVersions: readonly string[]
  readonly mounts: { readonly persistent: { readonly size: number; readonly path: string } }
  readonly public: false
  readonly startJupyter: false
}

export interface RunPod {
  readonly pods: () => Promise<readonly Pod[]>
  readonly create: (request: PodRequest) => Promise<Pod>
  readonly terminate: (id: string) => Promise<void>
  readonly gpus: () => Promise<readonly GpuType[]>
  /** @returns its id. */
  readonly createTemplate: (request: TemplateRequest) => Promise<string>
}

export interface RunPodOptions {
  readonly origin: string
  readonly key: string
  readonly signal: AbortSignal
  /** For longer than this no 429 is waited for. */
  readonly mostWaitSeconds?: number
}

const PATIENCE_MS = 30_000
const TRIES = 3

/** Every verb throws a Failure of what RunPod answers, in its own words. */
export function openRunPod(options: RunPodOptions): RunPod {
  const ask = async <T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown) => {
    const answer = await send(options, { method, path, body })
    const read = schema.safeParse(answer)
    if (read.success) return read.data
    const where = read.error.issues.map(({ path: at }) => at.join('.')).join(', ')
    throw new Failure(
      'provider-failed',
      `RunPod's ${method} ${path} answers in another form than it documents (${where}).`,
    )
  }
  return {
    pods: async () => (await ask(z.object({ pods: z.array(pod) }), 'GET', '/v2/pods')).pods,
    create: (request) => ask(pod, 'POST', '/v2/pods', request),
    async terminate(id) {
      await ask(z.unknown(), 'DELETE', `/v2/pods/${encodeURIComponent(id)}`)
    },
    createTemplate: async (request) =>
      (await ask(z.object({ id: z.string() }), 'POST', '/v2/templates', request)).id,
    gpus: async () => {
      const path = '/v2/catalog/gpus?include=AVAILABILITY'
      return (await ask(z.object({ gpus: z.array(gpuType) }), 'GET', path)).gpus
    },
  }
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

/** A refusal by rate is waited out; nothing else is sent twice, for a pod costs money. */
async function send(options: RunPodOptions, sent: Sent): Promise<unknown> {
  const { signal, mostWaitSeconds = 60 } = options
  for (let tries = 1; ; tries++) {
    const response = await reach(options, sent)
    if (response.ok) return response.status === 204 ? undefined : await response.json()
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    const isWorthIt = seconds <= mostWaitSeconds && tries < TRIES
    if (response.status !== 429 || !isWorthIt) throw await refusalOf(response, sent, seconds)
    await response.body?.cancel()
    await delay(seconds * 1_000, undefined, { signal })
  }
}

async function reach({ origin, key, signal }: RunPodOptions, { method, path, body }: Sent) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  try {
    return await within(PATIENCE_MS, signal, (both) =>
      fetch(origin + path, { ...init, signal: both }),
    )
  } catch (cause) {
    signal.throwIfAborted()
    const why = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
    const made = method === 'POST' ? ' Whether a pod was made is not known: look with status.' : ''
    throw new Failure('provider-unavailable', `RunPod cannot be reached (${why}).${made}`, {
      cause,
    })
  }
}

const problem = z.object({
  title: z.string(),
  detail: z.string(),
  errors: z.array(z.string()).optional(),
})

async function refusalOf(
  response: Response,
  { method, path }: Sent,
  seconds: number,
): Promise<Failure> {
  const { status } = response
  const said = problem.safeParse(await response.json().catch(() => undefined)).data
  const words = said ? [said.detail, ...(said.errors ?? [])].join('; ') : `status ${status}`
  if (status === 401) {
    return new Failure(
      'provider-denied',
      `RunPod does not take RUNPOD_API_KEY (${words}): make a new one in its console.`,
    )
  }
  if (status === 403) {
    return new Failure(
      'provider-denied',
      `The key in RUNPOD_API_KEY may not do this (${words}): give it the permission for pods.`,
    )
  }
  if (status === 429) {
    const when = Number.isNaN(seconds) ? 'later' : `in ${seconds} s`
    return new Failure(
      'provider-throttled',
      `RunPod is asked too often: run the same command again ${when}.`,
    )
  }
  const code = status >= 500 ? 'provider-unavailable' : 'provider-failed'
  return new Failure(code, `RunPod refuses ${method} ${path.split('?')[0]}: ${words}.`)
}
