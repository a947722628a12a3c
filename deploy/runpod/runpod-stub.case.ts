/** RunPod's API as its OpenAPI document has it: wrapped lists, problems, 201 and 204, limits; strict about what it is sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

export interface RunPodStub extends AsyncDisposable {
  readonly origin: string
  readonly asked: string[]
  readonly pods: StubPod[]
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

const gpu = (
  id: string,
  memory: number,
  secure: number,
  community: number,
  availability = 'HIGH',
) => ({
  ...{
    id,
    name: id.replace('NVIDIA ', ''),
    pool: null,
    manufacturer: 'NVIDIA',
    memory,
    availability,
  },
  ...{ secure: secure > 0, community: community > 0, price: { secure, community } },
  maxCount: { secure: 8, community: 4 },
})

const gpus = [
  gpu('NVIDIA GeForce RTX 4090', 24, 0.69, 0.34),
  gpu('NVIDIA L40S', 48, 0.86, 0.79, 'LOW'),
  gpu('NVIDIA A100-SXM4-80GB', 80, 1.79, 1.39),
  gpu('NVIDIA H100 80GB HBM3', 80, 3.99, 2.69),
  gpu('NVIDIA B200', 180, 5.98, 0),
  gpu('NVIDIA GeForce RTX 5090', 32, 0.94, 0, 'NONE'),
]

export async function startRunPod(): Promise<RunPodStub> {
  const [asked, pods, failures]: [string[], StubPod[], (() => Answer)[]] = [[], [], []]
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const { status, body, headers = {} } = failures.shift()?.() ?? (await answerTo(request, pods))
    const type = status >= 400 ? 'application/problem+json' : 'application/json'
    response.writeHead(status, { 'content-type': type, ...headers })
    end(response, body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ asked, pods },
    failOnce(status, detail, headers = {}) {
      failures.push(() => ({ ...problem(status, detail), headers }))
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
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

async function answerTo(request: IncomingMessage, pods: StubPod[]): Promise<Answer> {
  if (request.headers.authorization !== `Bearer ${KEY}`) return problem(401, 'invalid api key')
  const [path = ''] = (request.url ?? '').split('?')
  const id = /^\/v2\/pods\/([^/]+)$/.exec(path)?.[1]
  switch (`${request.method} ${id === undefined ? path : '/v2/pods/{id}'}`) {
    case 'GET /v2/catalog/gpus':
      return { status: 200, body: { gpus } }
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
    case 'DELETE /v2/pods/{id}': {
      const at = pods.findIndex((pod) => pod.id === id)
      if (at < 0) return problem(404, 'pod not found')
      pods.splice(at, 1)
      return { status: 204 }
    }
    default:
      return problem(404, 'no such path')
  }
}
