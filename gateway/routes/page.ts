/** `/` and `/page/*`: the page, from files as they lie there, kept by browsers for as long as they are the same. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Failure } from '#contract'
import { problems } from '../http/answers.ts'
import { createRouter, type HttpEnv, type Router } from '../http/router.ts'

export interface PageParts {
  /** An object store's, where pictures are shown from beside this origin, and fetched from to be put into one file. */
  readonly storageUrl?: string | undefined
  readonly folder?: string | undefined
}

const get = createRoute({
  method: 'get',
  path: '/',
  tags: ['Service'],
  summary: 'The page',
  responses: {
    200: { description: 'HTML.', content: { 'text/html': { schema: z.string() } } },
    304: { description: 'It is as If-None-Match has it.' },
    ...problems(),
  },
})

/** Reads all files once, now. */
export function pageRoutes({ storageUrl, folder = FOLDER }: PageParts = {}): Router {
  const files = readFiles(folder)
  const policy = policyOf(storageUrl && new URL(storageUrl).origin)
  const router = createRouter()
  const serve = (context: Context<HttpEnv>, name: string): Response => {
    const file = files.get(name)
    if (!file) throw new Failure('not-found', 'The page has no such file. Reload the page.')
    context.header('content-security-policy', policy)
    return answer(context, file)
  }
  router.openAPIRegistry.registerPath(get)
  router.get('/', (context) => serve(context, 'index.html'))
  router.get('/page/:name', (context) => serve(context, context.req.param('name')))
  return router
}

const FOLDER = join(import.meta.dirname, '..', 'page')

interface PageFile {
  readonly type: string
  readonly plain: Buffer<ArrayBuffer>
  readonly gzipped: Buffer<ArrayBuffer>
  readonly etag: string
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Those alone that a browser is meant to have. */
function readFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>()
  for (const name of readdirSync(folder)) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const plain = Buffer.from(readFileSync(join(folder, name)))
    const etag = `W/"${createHash('sha256').update(plain).digest('base64url')}"`
    files.set(name, { type, plain, gzipped: Buffer.from(gzipSync(plain, { level: 9 })), etag })
  }
  return files
}

/** No script, style or frame that is not a file of ours, and words to nobody but this gateway and its storage. */
function policyOf(storageOrigin: string | undefined): string {
  const storage = storageOrigin ? [storageOrigin] : []
  const pictures = ["'self'", 'blob:', 'data:', 'https:', ...storage]
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${pictures.join(' ')}`,
    `connect-src ${["'self'", ...storage].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function answer(context: Context<HttpEnv>, { type, plain, gzipped, etag }: PageFile): Response {
  const { req } = context
  context.header('etag', etag)
  context.header('content-type', type)
  // Asked for anew each time, and answered with nothing where it is the same: an update shows at once.
  context.header('cache-control', 'no-cache')
  context.header('vary', 'accept-encoding')
  const known = req.header('if-none-match')?.split(',') ?? []
  if (known.some((each) => each.trim() === etag)) return context.body(null, 304)
  if (!/\bgzip\b/.test(req.header('accept-encoding') ?? '')) return context.body(plain, 200)
  context.header('content-encoding', 'gzip')
  return context.body(gzipped, 200)
}
