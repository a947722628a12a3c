/** Who asks, before what is asked: the caller, its scope, and how often it may. */
import type { Context, MiddlewareHandler } from 'hono'
import type { Arrival } from '../callers/arrival.ts'
import type { Authenticate } from '../callers/authenticate.ts'
import type { Scope } from '../callers/caller.ts'
import type { ClientAddress } from '../callers/client-address.ts'
import type { Allowance, Limits } from '../callers/limits.ts'
import { requireScope } from '../callers/require-scope.ts'
import type { HttpEnv } from './router.ts'

export interface CallerParts {
  readonly authenticate: Authenticate
  readonly limits: Pick<Limits, 'check'>
}

/** Sets `caller`. Throws `unauthorized`, `forbidden`. */
export function callerOf(parts: CallerParts, scope: Scope): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const caller = await parts.authenticate(arrivalOf(context))
    requireScope(caller, scope)
    context.set('caller', caller)
    await next()
  }
}

/** @param images that a new job asks for, 0 for what makes none. Throws `rate-limited`, `quota-exceeded`, `queue-full`. */
export async function allow(
  context: Context<HttpEnv>,
  { limits }: Pick<CallerParts, 'limits'>,
  images: number,
): Promise<void> {
  obey(context, await limits.check(context.get('caller'), images))
}

export interface GreetParts {
  readonly limits: Pick<Limits, 'checkAddress'>
  /** Behind whatever proxies. */
  readonly clientAddress: ClientAddress
}

/** Before it is known who asks. Throws `rate-limited`. */
export function greet({ limits, clientAddress }: GreetParts): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const { failure } = await limits.checkAddress(clientAddress(arrivalOf(context)))
    if (failure) throw failure
    await next()
  }
}

function obey(context: Context<HttpEnv>, { headers, failure }: Allowance): void {
  for (const [name, value] of Object.entries(headers)) context.header(name, value)
  if (failure) throw failure
}

export function arrivalOf({ req, env }: Context<HttpEnv>): Arrival {
  return {
    method: req.method,
    header: (name) => req.header(name),
    remoteAddress: env?.incoming?.socket.remoteAddress,
  }
}
