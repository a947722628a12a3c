/** Answers what was thrown, and what no route is there for. */
import type { Context } from 'hono'
import { Failure } from '#contract'
import type { Log } from '#platform/log.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'
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
function reasonOf(error: unknown, { req }: Context<HttpEnv>): unknown {
  if (error instanceof Failure || !req.raw.signal.aborted) return error
  return new Failure('request-unreadable', 'The connection ended before the request did.')
}

/** For `notFound`: 405 with Allow where the path is known by another method. Call it when all routes are there. */
export function missing(app: Router, log: Log) {
  const refused = refuse(log)
  const known = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => ({ method, pattern: patternOf(path) }))
  return (context: Context<HttpEnv>): Response => {
    const path = context.req.path
    const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    if (methods.length === 0) {
      const message = 'There is nothing at this address. See /docs.'
      return refused(new Failure('not-found', message), context)
    }
    const allowed = new Set(methods)
    if (allowed.has('GET')) allowed.add('HEAD')
    const allow = [...allowed].toSorted().join(', ')
    context.header('allow', allow)
    const message = `This address answers ${allow}, and no other method.`
    return refused(new Failure('method-not-allowed', message), context)
  }
}

function patternOf(path: string): RegExp {
  const segments = path.split('/').map((segment) => {
    if (segment === '*') return '.*'
    if (segment.startsWith(':')) return segment.endsWith('{.+}') ? '.+' : '[^/]+'
    return segment.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${segments.join('/')}$`)
}
