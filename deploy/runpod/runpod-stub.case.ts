/** RunPod's API as its OpenAPI document has it: wrapped lists, problems, 201 and 204, limits; strict about what it is sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

export interface RunPodStub extends AsyncDisposable {
  readonly origin: string
  readonly asked: string[]
  readonly pods: StubPod[]
  readonly endpoints: StubEndpoint[]
  readonly gpus: object[]
  /** Told of each request before it is answered. */
  onAsked: (line: string) => void
  /** The next answer is this one. */
  readonly failOnce: (status: number, detail: string, headers?: Record<string, string>) => void
}

export interface StubPod {
  readonly id: string
  readonly name: string
  status: string
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly [more: string]: unknown
}

export interface StubEndpoint {
  readonly id: string
  readonly name: string
  workers?: object | undefined
  readonly [more: string]: unknown
}

export const KEY = 'rpa_test_key'

const persistent = z.strictObject({ size: z.int().min(10), path: z.string() })

/** CreatePodRequest: properties that it does not list are refused. */
const createRequest = z.strictObject({
  name: z.string().min(1),
  image: z.string(),
  args: z.string().optional(),
  disk: z.int().min(1).optional(),
  env: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string().regex(/^\d+\/(http|tcp)$/)).optional(),
  registry: z.string().nullable().optional(),
  cloud: z.enum(['SECURE', 'COMMUNITY']).optional(),
  gpu: z.strictObject({
    id: z.string(),
    count: z.int(),
    minCudaVersion: z
      .string()
      .regex(/^\d+\.\d+$/)
      .optional(),
  }),
  mounts: z
    .strictObject({
      persistent: persistent.optional(),
      network: z
        .array(z.strictObject({ volumeId: z.string(), path: z.string() }))
        .max(1)
        .optional(),
    })
    .optional(),
  startSsh: z.boolean().optional(),
})

/** CreateTemplateRequest, likewise. */
const templateRequest = createRequest.omit({ gpu: true, cloud: true, mounts: true }).extend({
  category: z.enum(['CPU', 'NVIDIA', 'AMD']).optional(),
  allowedCudaVersions: z.array(z.string().regex(/^\d+\.\d+$/)).optional(),
  mounts: z.strictObject({ persistent: persistent.optional() }).optional(),
  public: z.boolean().optional(),
  serverless: z.boolean().optional(),
  startJupyter: z.boolean().optional(),
})

/** CreateEndpointRequest, likewise; of a load balancer. */
const endpointRequest = createRequest
  .omit({ gpu: true, cloud: true, mounts: true, startSsh: true })
  .extend({
    type: z.literal('LOAD_BALANCER'),
    gpu: z.strictObject({
      pools: z.array(z.string()).min(1),
      excludedTypes: z.array(z.string()).optional(),
      count: z.int().min(1).optional(),
      minCudaVersion: z.string().optional(),
    }),
    workers: z
      .strictObject({
        min: z.int().min(0).optional(),
        max: z.int().min(0).optional(),
        idleTimeout: z.int().min(1).max(3_600).optional(),
      })
      .optional(),
    scaling: z.strictObject({
      type: z.literal('REQUEST_COUNT'),
      requestCount: z.int().min(1),
    }),
    networkVolumes: z.array(z.string()).optional(),
  })

interface Priced {
  /** Dollars an hour: secure, community. */
  readonly pod: readonly [number, number]
  readonly serverless?: readonly [pool: string, dollars: number]
  readonly availability?: string
}

const gpu = (id: string, memory: number, { pod, serverless, availability = 'HIGH' }: Priced) => {
  const [secure, community] = pod
  const [pool = null, dollars] = serverless ?? []
  return {
    ...{ id, name: id.replace('NVIDIA ', ''), pool, manufacturer: 'NVIDIA', memory, availability },
    ...{ secure: secure > 0, community: community > 0, maxCount: { secure: 8, community: 4 } },
    price: { secure, community, ...(dollars !== undefined && { serverless: dollars }) },
  }
}

const usualGpus = [
  gpu('NVIDIA GeForce RTX 4090', 24, { pod: [0.69, 0.34], serverless: ['ADA_24', 1.1] }),
  gpu('NVIDIA L40S', 48, {
    ...{ pod: [0.86, 0.79], availability: 'LOW', serverless: ['ADA_48_PRO', 1.9] },
  }),
  gpu('NVIDIA L40', 48, { pod: [0.82, 0.69], serverless: ['ADA_48_PRO', 1.9] }),
  gpu('NVIDIA A100-SXM4-80GB', 80, { pod: [1.79, 1.39], serverless: ['AMPERE_80', 2.72] }),
  gpu('NVIDIA H100 80GB HBM3', 80, { pod: [3.99, 2.69], serverless: ['HOPPER_80', 4.18] }),
  gpu('NVIDIA B200', 180, { pod: [5.98, 0] }),
  gpu('NVIDIA GeForce RTX 5090', 32, { pod: [0.94, 0], availability: 'NONE' }),
]

export async function startRunPod(): Promise<RunPodStub> {
  const [asked, pods, failures]: [string[], StubPod[], (() => Answer)[]] = [[], [], []]
  const endpoints: StubEndpoint[] = []
  const gpus: object[] = [...usualGpus]
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    stub.onAsked(`${request.method} ${request.url}`)
    const {
      status,
      body,
      headers = {},
    } = failures.shift()?.() ?? (await answerTo(request, { pods, endpoints, gpus }))
    const type = status >= 400 ? 'application/problem+json' : 'application/json'
    response.writeHead(status, { 'content-type': type, ...headers })
    end(response, body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stub: RunPodStub = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ asked, pods, endpoints, gpus, onAsked: () => {} },
    failOnce(status, detail, headers = {}) {
      failures.push(() => ({ ...problem(status, detail), headers }))
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return stub
}

interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

const problem = (status: number, detail: string, errors?: string[]): Answer => ({
  status,
  body: { title: 'Refused', status, detail, ...(errors && { errors }) },
})

const end = (response: ServerResponse, body: unknown) =>
  response.end(body === undefined ? undefined : JSON.stringify(body))

async function answerTo(
  request: IncomingMessage,
  { pods, endpoints, gpus }: Pick<RunPodStub, 'pods' | 'endpoints' | 'gpus'>,
): Promise<Answer> {
  if (request.headers.authorization !== `Bearer ${KEY}`) return problem(401, 'invalid api key')
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const [, kind, id] = /^\/v2\/(pods|serverless)\/([^/]+)/.exec(path) ?? []
  switch (`${request.method} ${id === undefined ? path : path.replace(id, '{id}')}`) {
    case 'GET /v2/catalog/gpus': {
      const given = new URLSearchParams(query)
      const isWhole = given.has('include') === given.has('product')
      if (!isWhole) return problem(400, 'include=AVAILABILITY requires product')
      return { status: 200, body: { gpus } }
    }
    case 'GET /v2/serverless':
      return { status: 200, body: { endpoints } }
    case 'POST /v2/serverless': {
      const read = endpointRequest.safeParse(JSON.parse(await text(request)))
      if (!read.success) return problem(422, 'the request is not valid', [read.error.message])
      const made = {
        ...{ id: `ep${endpoints.length + 1}`, dataCenterIds: [], timeout: 300_000 },
        ...{ ...read.data, createdAt: new Date(1e12).toISOString(), flashboot: 'OFF' },
        requestUrls: {
          base: 'https://ep1.api.runpod.ai',
          health: 'https://ep1.api.runpod.ai/ping',
        },
      }
      endpoints.push(made)
      return { status: 201, body: made }
    }
    case 'PATCH /v2/serverless/{id}': {
      const patch = z.strictObject({ workers: endpointRequest.shape.workers })
      const read = patch.safeParse(JSON.parse(await text(request)))
      const found = endpoints.find((each) => each.id === id)
      if (!found) return problem(404, 'endpoint not found')
      if (!read.success) return problem(422, 'the request is not valid', [read.error.message])
      found.workers = { ...found.workers, ...read.data.workers }
      return { status: 200, body: found }
    }
    case 'GET /v2/serverless/{id}/workers': {
      const workers = [{ id: 'w1', status: 'IDLE', isStale: false, gpuCount: 1, gpuTypeId: null }]
      return { status: 200, body: { workers, summary: { idle: 1, total: 1 }, endpointVersion: 1 } }
    }
    case 'GET /v2/pods':
      return { status: 200, body: { pods } }
    case 'POST /v2/pods': {
      const read = createRequest.safeParse(JSON.parse(await text(request)))
      if (!read.success) {
        const errors = read.error.issues.map(
          ({ path: at, message }) => `${at.join('.')}: ${message}`,
        )
        return problem(422, 'the request is not valid', errors)
      }
      const { startSsh: _, ...rest } = read.data
      const made = {
        ...{ id: `pod${pods.length + 1}`, status: 'PROVISIONING', env: {}, cost: 0.69 },
        ...{ ...rest, createdAt: new Date(1e12 + pods.length * 1_000).toISOString() },
      }
      pods.push(made)
      return { status: 201, body: made }
    }
    case 'POST /v2/templates': {
      const read = templateRequest.safeParse(JSON.parse(await text(request)))
      if (!read.success) return problem(422, 'the request is not valid', [read.error.message])
      return { status: 201, body: { id: 'template1', ...read.data } }
    }
    case 'DELETE /v2/pods/{id}':
    case 'DELETE /v2/serverless/{id}': {
      const those = kind === 'pods' ? pods : endpoints
      const at = those.findIndex((each) => each.id === id)
      if (at < 0) return problem(404, `${kind} not found`)
      those.splice(at, 1)
      return { status: 204 }
    }
    default:
      return problem(404, 'no such path')
  }
}
