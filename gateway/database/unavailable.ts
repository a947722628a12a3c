/** Which errors of a database say that it is away, and not that a statement is wrong. */
import { Failure, messageOf } from '#contract'

/** Classes of SQLSTATE: connection, resources, operator's intervention, system. */
const AWAY = /^(?:08|53|57|58)/
const LINK = /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|terminated|timeout|closed|not queryable/i

/** `database-unavailable` where that is what it was, else the error itself. */
export function unavailable(error: unknown): unknown {
  if (error instanceof Failure) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!AWAY.test(code) && !LINK.test(code) && !LINK.test(messageOf(error))) return error
  const message = 'The database does not answer. Check DATABASE_URL and that it runs.'
  return new Failure('database-unavailable', message, { cause: error })
}
