/** Answers what was thrown in a surface's own words, with the same sentence and status as everywhere. */
import type { Context } from 'hono'
import { type FailureCode, failureTable } from '#contract'
import type { Log } from '#platform/log.ts'
import { type Problem, problemOf } from '../http/problem.ts'
import { reasonOf } from '../http/refuse.ts'
import type { HttpEnv } from '../http/router.ts'

/** What is told: never a word of somebody else's. */
export interface Told {
  readonly code: FailureCode
  readonly problem: Problem
  /** For a client; it is asked to wait first where `Retry-After` goes along. */
  readonly isRetryable: boolean
}

export interface Words {
  /** The problem's own unless given. */
  readonly status?: number
  /** A text is sent as plain text, anything else as JSON. */
  readonly body: string | Readonly<Record<string, unknown>>
}

/** For a surface's `onError`. */
export function refuseIn(words: (told: Told) => Words, log: Log) {
  return (error: unknown, context: Context<HttpEnv>): Response => {
    const requestId = context.get('requestId')
    const { problem, retryAfter, isOurs } = problemOf(reasonOf(error, context))
    if (isOurs) log.error('failed', { requestId, error })
    else if (problem.status >= 500) log.warn('not served', { requestId, error })
    const code = isCode(problem.code) ? problem.code : 'internal'
    const isRetryable = failureTable[code].retryable || retryAfter !== undefined
    const { body, status = problem.status } = words({ code, problem, isRetryable })
    const headers = new Headers()
    // Limits, origins and the like, which were set before it failed.
    context.res.headers.forEach((value, name) => {
      headers.set(name, value)
    })
    const isText = typeof body === 'string'
    headers.set('content-type', isText ? 'text/plain; charset=utf-8' : 'application/json')
    if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter))
    if (status === 401) headers.set('www-authenticate', 'Bearer')
    return new Response(isText ? body : JSON.stringify(body), { status, headers })
  }
}

const isCode = (code: string): code is FailureCode => Object.hasOwn(failureTable, code)
