/** Why something could not be had from a host, in words that name the host and nothing secret. */

import { Failure, messageOf } from '#contract'

/** What an answer that is no success says of the address. */
export function refusalOf(status: number, { hostname }: URL): Failure {
  if (status === 404 || status === 410) {
    const message = `There is nothing at this address of ${hostname} (${status}). Check it.`
    return new Failure('reference-not-found', message)
  }
  if (status === 401 || status === 403) {
    const message = `The host ${hostname} does not let us read this address (${status}). Sign it anew.`
    return new Failure('reference-not-found', message)
  }
  const message = `The host ${hostname} answered ${status} instead of a file. Try again later.`
  return new Failure('reference-unreachable', message)
}

export interface Ends {
  /** The caller's own. */
  readonly signal: AbortSignal | undefined
  /** Aborted by that too, and when the time is over. */
  readonly inTime: AbortSignal
}

/** A thrown thing as a Failure; the deadline and the caller's own signal come before its looks. */
export function explained(cause: unknown, hostname: string, { signal, inTime }: Ends): Failure {
  const failure = [...chainOf(cause)].find((link) => link instanceof Failure)
  if (failure) return failure
  if (signal?.aborted) {
    return new Failure('cancelled', `Asking ${hostname} was cancelled.`, { cause })
  }
  if (inTime.aborted || /timeout/i.test(nameOf(cause))) {
    const message = `The host ${hostname} took too long to answer. Try again, or another host.`
    return new Failure('reference-timeout', message, { cause })
  }
  const isUnknown = /ENOTFOUND|EAI_/.test(nameOf(cause) + messageOf(cause))
  const what = isUnknown ? 'is not known' : 'cannot be reached, or broke off its answer'
  const message = `The host ${hostname} ${what}. Check the address, or try again later.`
  return new Failure('reference-unreachable', message, { cause })
}

/** An error and what it says caused it; of several tries to connect, each. */
function* chainOf(error: unknown): Generator<unknown> {
  yield error
  if (error instanceof AggregateError) for (const each of error.errors) yield* chainOf(each)
  if (error instanceof Error && error.cause !== undefined) yield* chainOf(error.cause)
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return `${error.name} ${'code' in error ? String(error.code) : ''}`
}
