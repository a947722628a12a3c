/** `/v1/files/*`: the files of local storage, to whoever has a signed URL of one. */
import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Failure } from '#contract'
import { objectPath } from '#platform/storage/object-path.ts'
import { isPermitted } from '#platform/storage/signed-path.ts'
import { MAX_FILE_BYTES, type Storage } from '#platform/storage/storage.ts'
import { problems } from '../http/answers.ts'
import { limitBody } from '../http/limits.ts'
import { readRange } from '../http/range.ts'
import { createRouter, type HttpEnv, type Router } from '../http/router.ts'

export interface FilesParts {
  /** Undefined where pictures are kept elsewhere, and fetched there. */
  readonly localFiles?:
    | {
        readonly storage: Pick<Storage, 'get' | 'put'>
        /** That its URLs are signed with. */
        readonly secret: string
      }
    | undefined
}

const PREFIX = '/v1/files/'

const params = z.object({ path: z.string().openapi({ example: 'workspace-temp/USER/JOB/0.png' }) })
const query = z.object({ expires: z.string(), signature: z.string(), max: z.string().optional() })

export function fileRoutes({ localFiles }: FilesParts): Router {
  const router = createRouter()
  if (!localFiles) return router
  describe(router)
  const { storage, secret } = localFiles

  router.get(`${PREFIX}*`, async (context) => {
    const path = pathOf(context)
    requirePermission(context, { method: 'GET', path, expires: expiryOf(context) }, secret)
    const bytes = await storage.get(path)
    return answer(context, path, bytes)
  })

  router.put(`${PREFIX}*`, limitBody(MAX_FILE_BYTES), async (context) => {
    const path = pathOf(context)
    const contentType = context.req.header('content-type') ?? ''
    const maxBytes = Number(context.req.query('max'))
    const permission = { method: 'PUT', path, expires: expiryOf(context), contentType, maxBytes }
    requirePermission(context, { ...permission, method: 'PUT' }, secret)
    const bytes = new Uint8Array(await context.req.arrayBuffer())
    if (bytes.length > maxBytes) {
      throw new Failure('request-too-large', `The URL takes at most ${maxBytes} bytes. Send less.`)
    }
    await storage.put(path, bytes, { contentType })
    return context.body(null, 204)
  })
  return router
}

function describe({ openAPIRegistry }: Router): void {
  const path = `${PREFIX}{path}`
  const binary = { schema: z.string().openapi({ type: 'string', format: 'binary' }) }
  const content = { 'image/png': binary, 'image/webp': binary, 'application/octet-stream': binary }
  const request = { params, query }
  openAPIRegistry.registerPath({
    ...{ method: 'get', path, tags: ['Files'], request },
    summary: 'A stored picture, by a signed URL',
    responses: {
      200: { description: 'The file.', content },
      206: { description: 'The part that Range asked for.', content },
      304: { description: 'It is as If-None-Match has it.' },
      416: { description: 'There is no such part of it.' },
      ...problems(403, 404, 413, 422, 503),
    },
  })
  openAPIRegistry.registerPath({
    ...{ method: 'put', path, tags: ['Files'] },
    summary: 'Store a file, by a signed URL for that',
    request: { ...request, body: { content } },
    responses: { 204: { description: 'It is kept.' }, ...problems(403, 413, 415, 422, 503) },
  })
}

/** Throws `request-invalid` for what is no path in storage. */
function pathOf({ req }: Context<HttpEnv>): string {
  const encoded = new URL(req.url).pathname.slice(PREFIX.length)
  const path = decoded(encoded)
  objectPath(path)
  return path
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw new Failure('request-invalid', 'The path is no valid part of a URL.', { cause })
  }
}

const expiryOf = ({ req }: Context<HttpEnv>): number => Number(req.query('expires'))

/** Throws `forbidden`. */
function requirePermission(
  { req }: Context<HttpEnv>,
  permission: Parameters<typeof isPermitted>[0],
  secret: string,
): void {
  if (isPermitted(permission, req.query('signature') ?? '', { secret })) return
  throw new Failure(
    'forbidden',
    'The signature is wrong or has expired. Read the job again for a new URL.',
  )
}

const types: Readonly<Record<string, string>> = {
  png: 'image/png',
  webp: 'image/webp',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
}

function answer(context: Context<HttpEnv>, path: string, bytes: Uint8Array): Response {
  const type = types[path.slice(path.lastIndexOf('.') + 1).toLowerCase()]
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
  context.header('etag', etag)
  context.header('accept-ranges', 'bytes')
  context.header('cache-control', 'private, max-age=900')
  context.header('content-type', type ?? 'application/octet-stream')
  // What is no picture of ours is never shown by a browser as a page of this origin.
  context.header('content-disposition', type === undefined ? 'attachment' : 'inline')
  // Pages of other origins may show and read it: whoever has the URL has the right.
  context.header('cross-origin-resource-policy', 'cross-origin')
  // To all: what a browser keeps from an <img>, which names no origin, it gives to a script without asking again.
  context.header('access-control-allow-origin', '*')
  const { req } = context
  const known = req.header('if-none-match')?.split(',') ?? []
  if (known.some((each) => [etag, '*'].includes(each.trim().replace(/^W\//, '')))) {
    return context.body(null, 304)
  }
  const isSame = (req.header('if-range') ?? etag) === etag
  const range = isSame ? readRange(req.header('range'), bytes.length) : undefined
  if (range === 'unsatisfiable') {
    context.header('content-range', `bytes */${bytes.length}`)
    context.header('cache-control', 'no-store')
    return context.text(
      `The file has ${bytes.length} bytes, and none of them is in that range.`,
      416,
    )
  }
  const { from, to } = range ?? { from: 0, to: bytes.length - 1 }
  if (range) context.header('content-range', `bytes ${from}-${to}/${bytes.length}`)
  // To HEAD too, by which clients learn how much there is to fetch.
  context.header('content-length', String(to + 1 - from))
  return context.body(Buffer.from(bytes.subarray(from, to + 1)), range ? 206 : 200)
}
