/**
 * Supabase Storage as far as this project uses it, for tests: its routes, its demands on headers,
 * and its way of saying 400 and meaning another status in the body.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { serve, type TestServer } from '../fetch/server.case.ts'

export const SERVICE_KEY = 'service-key'
const TYPES = ['image/png', 'image/webp', 'image/jpeg']

export interface SupabaseStub extends TestServer {
  readonly objects: Map<string, { readonly type: string; readonly bytes: Buffer }>
  /** `METHOD /route` of each request, in order. */
  readonly asked: string[]
  /** Answers as many requests with 503 from now on. */
  fail(times: number): void
}

interface Request {
  readonly method: string
  readonly route: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly bytes: Buffer
}

interface Reply {
  readonly status?: number
  readonly json?: object
  readonly bytes?: Buffer
}

export async function supabaseStub(): Promise<SupabaseStub> {
  const objects: SupabaseStub['objects'] = new Map()
  const asked: string[] = []
  let failures = 0
  const server = await serve(async (request, response) => {
    const read = await reading(request)
    asked.push(`${read.method} ${read.route}`)
    send(response, failures-- > 0 ? { status: 503 } : answer(read, objects))
  })
  return Object.assign(server, { objects, asked, fail: (times: number) => (failures = times) })
}

async function reading(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://stub')
  const route = decodeURIComponent(pathname).replace('/storage/v1', '')
  const { method = '', headers } = request
  return { method, route, query: searchParams, headers, bytes: Buffer.concat(chunks) }
}

function answer(request: Request, objects: SupabaseStub['objects']): Reply {
  const { method, route, query, headers, bytes } = request
  if (method === 'PUT' && route.startsWith('/object/upload/sign/')) {
    const path = route.slice('/object/upload/sign/'.length)
    if (query.get('token') !== `put:${path}`) return refusal(400, 'InvalidSignature')
    return stored(path, request, objects)
  }
  if (headers.authorization !== `Bearer ${SERVICE_KEY}`) return refusal(403, 'Unauthorized')
  const json = () => JSON.parse(bytes.toString())
  const [, verb = '', path = ''] =
    /^\/object\/(sign|upload\/sign|info|move)\/?(.*)$/.exec(route) ?? []
  if (method === 'POST' && verb === 'sign') {
    return { json: signed(path, json(), objects) }
  }
  if (method === 'POST' && verb === 'upload/sign') {
    return { json: { url: `/object/upload/sign/${path}?token=put:${path}` } }
  }
  if (method === 'GET' && verb === 'info') {
    return objects.has(path) ? { json: {} } : refusal(404, 'not_found')
  }
  if (method === 'POST' && verb === 'move') return moved(json(), objects)
  const plain = route.slice('/object/'.length)
  if (method === 'DELETE') {
    for (const prefix of json().prefixes) objects.delete(`${plain}/${prefix}`)
    return { json: [] }
  }
  if (method === 'POST') {
    if (headers['x-upsert'] !== 'true' && objects.has(plain)) return refusal(409, 'Duplicate')
    return stored(plain, request, objects)
  }
  const found = objects.get(plain)
  return found ? { bytes: found.bytes } : refusal(404, 'not_found')
}

/** As they were asked for, and not as a URL spells them. */
function signed(
  bucket: string,
  wish: { readonly expiresIn: number; readonly paths: readonly string[] },
  objects: SupabaseStub['objects'],
): object {
  return wish.paths.map((path) =>
    objects.has(`${bucket}/${path}`)
      ? {
          ...{ error: null, path },
          signedURL: `/object/sign/${bucket}/${path}?token=get:${wish.expiresIn}`,
        }
      : {
          error: 'Either the object does not exist or you do not have access to it',
          path,
          signedURL: null,
        },
  )
}

function stored(
  path: string,
  { headers, bytes }: Request,
  objects: SupabaseStub['objects'],
): Reply {
  const type = headers['content-type'] ?? 'application/octet-stream'
  if (!TYPES.includes(type)) return refusal(415, 'invalid_mime_type')
  objects.set(path, { type, bytes })
  return { json: { Key: path } }
}

function moved(wish: Readonly<Record<string, string>>, objects: SupabaseStub['objects']): Reply {
  const from = `${wish.bucketId}/${wish.sourceKey}`
  const to = `${wish.destinationBucket ?? wish.bucketId}/${wish.destinationKey}`
  const found = objects.get(from)
  if (!found) return refusal(404, 'not_found')
  if (objects.has(to)) return refusal(409, 'Duplicate')
  objects.delete(from)
  objects.set(to, found)
  return { json: { message: 'Successfully moved' } }
}

const refusal = (status: number, error: string): Reply => ({
  status: 400,
  json: { statusCode: String(status), error, message: error },
})

function send(response: ServerResponse, { status = 200, json, bytes }: Reply): void {
  response.writeHead(status).end(json ? JSON.stringify(json) : bytes)
}
