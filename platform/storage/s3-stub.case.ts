/** S3 as far as this project uses it, for tests: one bucket by path, every request's signature verified. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { serve, type TestServer } from '../fetch/server.case.ts'
import { type Account, type Received, refusalOfS3 } from './s3-signature.case.ts'
import type { S3Options } from './s3-storage.ts'

export const S3_KEYS = { accessKeyId: 'AKIDSTUB', secretAccessKey: 'stub/secret+key' } as const
const REGION = 'eu-north-1'
const BUCKET = 'pictures'

export interface S3Stub extends TestServer {
  readonly options: S3Options
  readonly objects: Map<string, { readonly type: string; readonly bytes: Buffer }>
  /** `METHOD key` of each request, in order. */
  readonly asked: string[]
  /** Answers as many requests with 503 from now on. */
  fail(times: number): void
  /** Milliseconds that the server's clock is ahead of ours. */
  advance(milliseconds: number): void
  /** Begins every file that is read from now on, and never ends it. */
  stall(): void
}

interface Reply {
  readonly status: number
  readonly bytes?: Buffer
  readonly xml?: string
}

export async function s3Stub(): Promise<S3Stub> {
  const objects: S3Stub['objects'] = new Map()
  const asked: string[] = []
  const state = { failures: 0, ahead: 0, isStalling: false }
  const server = await serve(async (request, response) => {
    const received = await receive(request)
    const path = decodeURIComponent(new URL(received.url, 'http://stub').pathname)
    asked.push(`${received.method} ${path.replace(`/${BUCKET}/`, '')}`)
    if (state.failures > 0) {
      state.failures--
      return send(response, refusal(503, 'SlowDown'), received)
    }
    const account = { ...S3_KEYS, region: REGION, now: Date.now() + state.ahead }
    const reply = answer(received, path, { objects, account })
    if (!state.isStalling) return send(response, reply, received)
    response.writeHead(200, { 'content-length': 1000 }).write('the start')
  })
  const { origin: endpoint } = server
  return Object.assign(server, {
    options: { bucket: BUCKET, region: REGION, endpoint, credentials: S3_KEYS },
    objects,
    asked,
    fail: (times: number) => {
      state.failures = times
    },
    advance: (milliseconds: number) => {
      state.ahead += milliseconds
    },
    stall: () => {
      state.isStalling = true
    },
  })
}

async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { method = '', url = '', headers } = request
  return { method, url, headers, bytes: Buffer.concat(chunks) }
}

interface Server {
  readonly objects: S3Stub['objects']
  readonly account: Account
}

function answer(received: Received, path: string, { objects, account }: Server): Reply {
  const refused = refusalOfS3(received, account)
  if (refused) return refusal(refused === 'AuthorizationHeaderMalformed' ? 400 : 403, refused)
  const [, bucket, ...rest] = path.split('/')
  if (bucket !== BUCKET) return refusal(404, 'NoSuchBucket')
  const key = rest.join('/')
  const { method, headers, bytes } = received
  if (method === 'DELETE') {
    objects.delete(key)
    return { status: 204 }
  }
  if (method === 'PUT' && headers['x-amz-copy-source'] === undefined) {
    objects.set(key, { type: headers['content-type'] ?? 'binary/octet-stream', bytes })
    return { status: 200 }
  }
  const source = decodeURIComponent(String(headers['x-amz-copy-source'] ?? ''))
  const found = objects.get(source === '' ? key : source.replace(`${BUCKET}/`, ''))
  if (!found) return refusal(404, 'NoSuchKey')
  if (source === '') return { status: 200, bytes: found.bytes }
  objects.set(key, found)
  const times = '<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"e"</ETag>'
  return { status: 200, xml: `<CopyObjectResult>${times}</CopyObjectResult>` }
}

/** Says the key in its message, as S3 does for some. */
function refusal(status: number, code: string): Reply {
  const message = `<Message>${code} for ${S3_KEYS.accessKeyId}</Message>`
  return { status, xml: `<Error><Code>${code}</Code>${message}</Error>` }
}

function send(response: ServerResponse, { status, bytes, xml }: Reply, { method }: Received): void {
  const body = bytes ?? Buffer.from(xml ?? '')
  const type = xml === undefined ? 'image/png' : 'application/xml'
  response.writeHead(status, { 'content-type': type })
  response.end(method === 'HEAD' ? undefined : body)
}
