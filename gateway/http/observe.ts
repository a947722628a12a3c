/** What every request gets: a name, a line in the log, a place in the counters, and headers that browsers obey. */
import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Log } from '#platform/log.ts'
import type { HttpEnv } from './router.ts'

export interface RequestMeter {
  readonly answered: (request: {
    readonly method: string
    /** The pattern, never the path itself. */
    readonly route: string
    readonly status: number
    readonly seconds: number
  }) => void
}

export interface ObserveParts {
  readonly log: Log
  readonly meter: RequestMeter
}

/** Requests for these are many, and say nothing. */
const QUIET = new Set(['/health', '/ready', '/metrics'])

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])

/** Before everything else. */
export function observe({ log, meter }: ObserveParts): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const start = performance.now()
    const requestId = randomUUID()
    context.set('requestId', requestId)
    await next()
    secure(context.res.headers)
    context.res.headers.set('x-request-id', requestId)
    const milliseconds = Math.round((performance.now() - start) * 10) / 10
    const { status } = context.res
    const route = knownRoute(routePath(context, -1))
    const method = METHODS.has(context.req.method) ? context.req.method : 'other'
    meter.answered({ method, route, status, seconds: milliseconds / 1_000 })
    if (QUIET.has(route) && status < 500) return
    const caller = context.get('caller')?.name
    log.info('answered', { requestId, method, route, httpStatus: status, milliseconds, caller })
  }
}

/** Whatever matched nothing but what stands before all. */
const knownRoute = (pattern: string): string =>
  pattern === '/*' || pattern === '*' || pattern === '' ? '/-' : pattern

/** Documents that are to be looked at say their own policy. */
function secure(headers: Headers): void {
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'no-referrer')
  headers.set('x-frame-options', 'DENY')
  headers.set('cross-origin-opener-policy', 'same-origin')
  if (!headers.has('content-security-policy')) {
    headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  }
  // What is the caller's own is kept by nobody between.
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
}
