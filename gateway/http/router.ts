/** The one kind of router that all routes are registered on, so that what is wrong is told in one manner. */
import type { HttpBindings } from '@hono/node-server'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Caller } from '../callers/caller.ts'
import type { TraceRequest } from './trace-requests.ts'
import { refusalOf } from './wrong-fields.ts'

export interface HttpEnv {
  /** Absent where a test asks the app without a socket. */
  readonly Bindings: Partial<HttpBindings>
  readonly Variables: {
    readonly requestId: string
    /** There where `callerOf` stands before the handler. */
    readonly caller: Caller
    /** Absent where nobody traces. */
    readonly trace?: TraceRequest
  }
}

export type Router = OpenAPIHono<HttpEnv>

/** What does not match a route's schemas is thrown as `request-invalid` with every field. */
export function createRouter(): Router {
  return new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (!result.success) throw refusalOf(result.error.issues)
    },
  })
}
