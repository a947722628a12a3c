/** What a gateway answers before it is open: that it lives, and what it waits for. */
import { Failure } from '#contract'
import { PROBLEM_TYPE, problemOf } from './http/problem.ts'
import type { Readiness } from './routes/health.ts'

export interface Starting {
  readonly answer: (request: Request) => Response
  /** What is waited for; nothing without a reason. */
  readonly waitFor: (reason?: Failure) => void
}

export function createStarting(): Starting {
  let reason: Failure | undefined
  return {
    waitFor(given) {
      reason = given
    },
    answer(request) {
      const { pathname } = new URL(request.url)
      if (pathname === '/health') return Response.json({ status: 'alive' })
      const why = reason ?? new Failure('shutting-down', 'The gateway is just starting.')
      const headers = { 'retry-after': reason ? '5' : '1' }
      if (pathname === '/ready') return Response.json(unready(why), { status: 503, headers })
      const { problem } = problemOf(why)
      const body = JSON.stringify(problem)
      return new Response(body, {
        status: 503,
        headers: { ...headers, 'content-type': PROBLEM_TYPE },
      })
    },
  }
}

/** Neither was asked yet, but for the one that is waited for. */
const unready = ({ message }: Failure): Readiness => ({
  status: 'starting',
  database: 'down',
  queue: 'none',
  reason: message,
})
