/** Answers what was thrown, and what no route is there for. */
import type { Context, MiddlewareHandler } from 'hono'
import { Failure } from '#contract'
import type { Log } from '#platform/log.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'
import { CUT_OFF } from './read-body.ts'
import type { HttpEnv, Router } from './router.ts'

/** For `onError`: a problem, and in the log what it was, where somebody is to mend something. */
export function refuse(log: Log) {
  return (error: unknown, context: Context<HttpEnv>): Response => {
    const requestId = context.get('requestId')
    const { problem, retryAfter, isOurs } = problemOf(reasonOf(error, context), requestId)
    if (isOurs) log.error('failed', { requestId, error })
    else if (problem.status >= 500) log.warn('not served', { requestId, error })
    const headers = new Headers({ 'content-type': PROBLEM_TYPE })
    // Limits and the like, which were set before it failed.
    context.res.headers.forEach((value, name) => {
      if (name !== 'content-type') headers.set(name, value)
    })
    if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter))
    if (problem.status === 401) headers.set('www-authenticate', 'Bearer')
    return new Response(JSON.stringify(problem), { status: problem.status, headers })
  }
}

/** Whatever reading a request threw that was cut off, nobody is left to be told, and nobody has anything to mend. */
export function reasonOf(error: unknown, { req }: Context<HttpEnv>): unknown {
  if (error instanceof Failure || !req.raw.signal.aborted) return error
  return new Failure('request-unreadable', CUT_OFF)
}

/**
 * For `notFound`: what an address answers is told to who asks by OPTIONS, and with 405 to who asks otherwise; where
 * there is none, which address may be meant. Call it when all routes are there.
 */
export function missing(
  app: Router,
  refused: (error: unknown, context: Context<HttpEnv>) => Response,
) {
  const fixed = fixedPaths(app)
  const patterns = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => ({ method, pattern: patternOf(path) }))
  const methodsOf = (path: string): readonly string[] =>
    fixed.get(path) ??
    patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
  return (context: Context<HttpEnv>): Response => {
    const { path } = context.req
    const methods = methodsOf(path)
    if (methods.length === 0) {
      const meant = mistaken(path).find((other) => methodsOf(other).length > 0)
      const message = `There is nothing at this address. ${meant ? `Try ${meant}.` : 'See /docs.'}`
      return refused(new Failure('not-found', message), context)
    }
    const allowed = new Set([...methods, 'OPTIONS'])
    if (allowed.has('GET')) allowed.add('HEAD')
    const allow = [...allowed].toSorted().join(', ')
    context.header('allow', allow)
    if (context.req.method === 'OPTIONS') return context.body(null, 204)
    const message = `This address answers ${allow}, and no other method.`
    return refused(new Failure('method-not-allowed', message), context)
  }
}

/**
 * For `use`, before all routes: where a route names an address as it stands, none that has a parameter in its place
 * answers there, whatever the method.
 */
export function keepFixed(app: Router): MiddlewareHandler<HttpEnv> {
  let fixed: FixedPaths | undefined
  return async (context, next) => {
    const { method, path } = context.req
    fixed ??= fixedPaths(app)
    const methods = fixed.get(path)
    if (!methods || methods.includes(method === 'HEAD' ? 'GET' : method)) return await next()
    return await context.notFound()
  }
}

/** The methods of each address that has no parameter. */
type FixedPaths = ReadonlyMap<string, readonly string[]>

function fixedPaths(app: Router): FixedPaths {
  const paths = new Map<string, string[]>()
  for (const { method, path } of app.routes) {
    if (method === 'ALL' || /[:*]/.test(path)) continue
    paths.set(path, [...(paths.get(path) ?? []), method])
  }
  return paths
}

/** What an address may have been meant to be: slashes too many, or a base URL with `/v1` twice or not at all. */
function mistaken(path: string): readonly string[] {
  if (path.length > LONGEST_TOLD) return []
  const plain = path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
  return [plain, plain.replace('/v1/v1/', '/v1/'), `/v1${plain}`].filter((each) => each !== path)
}

const LONGEST_TOLD = 200

function patternOf(path: string): RegExp {
  const segments = path.split('/').map((segment) => {
    if (segment === '*') return '.*'
    if (segment.startsWith(':')) return segment.endsWith('{.+}') ? '.+' : '[^/]+'
    return segment.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${segments.join('/')}$`)
}
