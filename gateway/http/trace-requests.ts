/** Requests that ask for a job begin its trace, or go on with their caller's; of all others nothing is told. */
import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Span, Tracing } from '#platform/tracing/span.ts'
import type { HttpEnv } from './router.ts'

/** Of a request, as soon as it asks for a job. */
export type TraceRequest = () => Span

/** Sets `trace`. */
export function traceRequests(tracing: Tracing): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const start = performance.now()
    let span: Span | undefined
    context.set('trace', () => {
      span ??= tracing.begin(`${context.req.method} ${routePath(context, -1)}`, {
        ...{ kind: 'server', parent: context.req.header('traceparent') },
        agoMs: performance.now() - start,
        attributes: {
          'http.request.method': context.req.method,
          'http.route': routePath(context, -1),
        },
      })
      return span
    })
    await next()
    if (!span) return
    const { status } = context.res
    span.set({ 'http.response.status_code': status })
    // What is the caller's fault is no error of a server's.
    if (status >= 500) span.fail(`${status}`)
    span.end()
  }
}
