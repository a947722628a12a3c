/**
 * What pages of other origins may ask here, and read of the answers. They bring their key or token themselves, and no
 * cookie counts, so there is nothing to ride on; who comes without a key is refused by their origin (`this-machine.ts`).
 */
import type { MiddlewareHandler } from 'hono'
import type { HttpEnv } from './router.ts'

/** What is asked with a key. The page, its documents, health and operators' routes are for nobody else's scripts. */
const OPEN = /^\/(?:v1|functions\/v1|sdapi\/v1)\//

const answers = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': [
    ...['location', 'retry-after', 'idempotency-replayed', 'preference-applied', 'x-request-id'],
    ...['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'ratelimit-policy'],
    ...['x-should-retry', 'etag', 'content-range', 'accept-ranges'],
  ].join(', '),
}

const preflights = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE, OPTIONS',
  // No asterisk stands for Authorization. Clients of other makes add headers of their own, which are passed over.
  'access-control-allow-headers': [
    ...['authorization', 'apikey', 'content-type', 'x-client-info', 'idempotency-key', 'prefer'],
    ...['last-event-id', 'if-none-match', 'range', '*'],
  ].join(', '),
  // Two hours, the longest that Chromium keeps it.
  'access-control-max-age': '7200',
}

/** Before whatever may refuse, for a page is to read that too. */
export function shareWithPages(): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const { req } = context
    if (req.header('origin') !== undefined && OPEN.test(req.path)) {
      for (const [name, value] of Object.entries(answers)) context.header(name, value)
      if (req.method === 'OPTIONS') {
        for (const [name, value] of Object.entries(preflights)) context.header(name, value)
      }
    }
    await next()
  }
}
