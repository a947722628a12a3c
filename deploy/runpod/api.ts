/** RunPod's REST API, version 2, as far as we go: https://docs.runpod.io/api-reference-v2. Version 1 is gone since 2026-11-15. */
import { z } from 'zod'
import { createAsk, type RunPodOptions } from './ask.ts'
import {
  type Endpoint,
  type EndpointRequest,
  type EndpointWorker,
  endpoint,
  endpointWorker,
} from './endpoint.ts'

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
  secure: z.boolean().nullish(),
  community: z.boolean().nullish(),
  /** Of serverless cards: what an endpoint takes instead of a card. */
  pool: z.string().nullish(),
  /** Dollars an hour; 0 or nothing where the cloud has none. One card without a price is no reason to know of none. */
  price: z
    .object({
      secure: z.number().nullish(),
      community: z.number().nullish(),
      serverless: z.number().nullish(),
    })
    .nullish()
    .transform((price) => price ?? {}),
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
  /** @param product of which it says what is to be had: a card may be scarce as the one and not as the other */
  readonly gpus: (product: 'POD' | 'SERVERLESS') => Promise<readonly GpuType[]>
  /** @returns its id. */
  readonly createTemplate: (request: TemplateRequest) => Promise<string>
  readonly endpoints: () => Promise<readonly Endpoint[]>
  readonly createEndpoint: (request: EndpointRequest) => Promise<Endpoint>
  readonly setWorkers: (
    id: string,
    workers: Pick<Endpoint['workers'], 'min' | 'max'>,
  ) => Promise<Endpoint>
  /** Ends its workers, and what they do. */
  readonly deleteEndpoint: (id: string) => Promise<void>
  readonly workersOf: (id: string) => Promise<readonly EndpointWorker[]>
}

/** Every verb throws a Failure of what RunPod answers, in its own words. */
export function openRunPod(options: RunPodOptions): RunPod {
  const ask = createAsk(options)
  const list = async <T extends z.ZodRawShape>(shape: T, path: string) =>
    ask(z.object(shape), { method: 'GET', path })
  const made = z.object({ id: z.string() })
  const create = <T>(schema: z.ZodType<T>, path: string, body: unknown) =>
    ask(schema, { method: 'POST', path, body })
  const remove = (path: string, id: string) =>
    ask(z.unknown(), { method: 'DELETE', path: `${path}/${encodeURIComponent(id)}` })
  const endpoints = '/v2/serverless'
  return {
    pods: async () => (await list({ pods: z.array(pod) }, '/v2/pods')).pods,
    create: (request) => create(pod, '/v2/pods', request),
    terminate: async (id) => void (await remove('/v2/pods', id)),
    createTemplate: async (request) => (await create(made, '/v2/templates', request)).id,
    async gpus(product) {
      const path = `/v2/catalog/gpus?include=AVAILABILITY&product=${product}`
      return (await list({ gpus: z.array(gpuType) }, path)).gpus
    },
    endpoints: async () => (await list({ endpoints: z.array(endpoint) }, endpoints)).endpoints,
    createEndpoint: (request) => create(endpoint, endpoints, request),
    setWorkers: (id, workers) =>
      ask(endpoint, {
        method: 'PATCH',
        path: `${endpoints}/${encodeURIComponent(id)}`,
        body: { workers },
      }),
    deleteEndpoint: async (id) => void (await remove(endpoints, id)),
    async workersOf(id) {
      const path = `${endpoints}/${encodeURIComponent(id)}/workers`
      return (await list({ workers: z.array(endpointWorker) }, path)).workers
    },
  }
}
