/** What a host answers instead of a file, as a failure that names the mend. */
import { Failure } from '#contract'
import type { Source } from './source.ts'

/** Asked too often: the host wants to be left alone for a while. */
export class AskedToWait extends Failure {
  /** Undefined where the host does not say. */
  readonly seconds: number | undefined

  constructor(message: string, seconds: number | undefined) {
    super('provider-throttled', message)
    this.seconds = seconds
  }
}

/** Undefined where the file comes. @param at who answered: the source's host, or one that it redirects to */
export function refusalOf(response: Response, source: Source, at: URL): Failure | undefined {
  const { status, headers } = response
  const { host } = source.url
  const isElsewhere = at.origin !== source.url.origin
  if ((status === 401 || status === 403) && isElsewhere) {
    const message = `${at.host}, where ${host} keeps the file, does not give it (${status}), though ${host} does: run the same command again.`
    return new Failure('provider-unavailable', message)
  }
  if (status === 401 || status === 403) return deniedBy(source, status)
  if (status === 404 || status === 410) {
    const message = `${host} has no such file: look whether ${source.url.pathname} is spelt right.`
    return new Failure('not-found', message)
  }
  const retryAfter = headers.get('retry-after')
  if (status === 429 || (status === 503 && retryAfter !== null))
    return throttledBy(host, retryAfter)
  if (status >= 500) {
    const message = `${host} answers ${status}, a fault of its own: run the same command again later, and it goes on from where it is.`
    return new Failure('provider-unavailable', message)
  }
  if (status !== 200 && status !== 206) {
    return new Failure('provider-failed', `${host} answers ${status}, and no file.`)
  }
  if (headers.get('content-type')?.startsWith('text/html')) {
    const login = source.tokenName ? `, as it does where ${source.tokenName} is wanted` : ''
    return new Failure(
      'provider-denied',
      `${host} answers with a web page, not with a file${login}.`,
    )
  }
  return undefined
}

function deniedBy({ token, tokenName, url, page }: Source, status: number): Failure {
  const { host } = url
  if (!tokenName) {
    return new Failure(
      'provider-denied',
      `${host} does not give the file to everybody (${status}).`,
    )
  }
  const mend =
    token === undefined
      ? `set ${tokenName} to a token of your account`
      : status === 401
        ? `it does not take the token in ${tokenName}, which may have been revoked: make a new one`
        : `the account of ${tokenName} may not have it: open ${page.href} with it, and accept its terms`
  return new Failure('provider-denied', `${host} does not give the file (${status}): ${mend}.`)
}

function throttledBy(host: string, retryAfter: string | null): AskedToWait {
  const seconds = secondsIn(retryAfter)
  const until = seconds === undefined ? 'later' : `in ${seconds} s`
  return new AskedToWait(
    `${host} is asked too often: run the same command again ${until}, and it goes on from where it is.`,
    seconds,
  )
}

/** Retry-After is a number of seconds, or a date. */
function secondsIn(text: string | null): number | undefined {
  if (text === null) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1_000))
}
