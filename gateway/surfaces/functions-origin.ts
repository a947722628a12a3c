/** What pages of every origin may ask today's functions: they bring their token themselves, so there is nothing to ride on. */
import type { MiddlewareHandler } from 'hono'
import { Failure } from '#contract'
import type { HttpEnv, Router } from '../http/router.ts'

const allowed = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, x-client-info, apikey, content-type',
}

/** On every answer, refusals too. */
export const anyOrigin = (): MiddlewareHandler<HttpEnv> => async (context, next) => {
  for (const [name, value] of Object.entries(allowed)) context.header(name, value)
  await next()
}

/** Answers what a browser asks before, and what is no POST. Call it when the POST is there. */
export function otherMethods(router: Router, path: string): void {
  router.options(path, (context) => context.text('ok'))
  router.all(path, (context) => {
    context.header('allow', 'OPTIONS, POST')
    throw new Failure('method-not-allowed', 'Method not allowed: send a POST.')
  })
}
