/**
 * The public keys by which tokens are checked, as their issuer publishes them: fetched again every ten minutes, kept
 * for an hour where it is away, and asked for a key that is not among them at most every half a minute, whoever
 * makes up what ids.
 */
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { Failure } from '#contract'

export interface TokenKeysOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly timeoutMs?: number
}

const FRESH_MS = 10 * 60_000
const USABLE_MS = 60 * 60_000
const COOLDOWN_MS = 30_000
/** Between tries while there is no usable key at all. */
const RETRY_MS = 2_000

/** @returns what `jwtVerify` takes; it throws `configuration-invalid` where there are no keys to be had. */
export function createTokenKeys(url: string, options: TokenKeysOptions = {}): JWTVerifyGetKey {
  const { now = Date.now, timeoutMs = 5_000 } = options
  // When to fetch is decided here alone.
  const set = createRemoteJWKSet(new URL(url), {
    timeoutDuration: timeoutMs,
    cooldownDuration: Number.POSITIVE_INFINITY,
    cacheMaxAge: Number.POSITIVE_INFINITY,
  })
  let fetchedAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined

  const fetchAgain = (): Promise<void> => {
    if (fetching) return fetching
    triedAt = now()
    const fetched = set.reload().then(
      () => {
        fetchedAt = now()
      },
      (cause: unknown) => {
        throw away(url, cause)
      },
    )
    fetching = fetched.finally(() => {
      fetching = undefined
    })
    return fetching
  }
  const rested = (ms: number) => fetching !== undefined || now() - triedAt >= ms

  return async (header, token) => {
    const age = now() - fetchedAt
    if (age > USABLE_MS) {
      if (!rested(RETRY_MS)) throw away(url)
      await fetchAgain()
    } else if (age > FRESH_MS && rested(COOLDOWN_MS)) {
      // Nobody waits for it: what there is will do until it comes.
      fetchAgain().catch(() => {})
    }
    try {
      return await set(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !rested(COOLDOWN_MS)) throw error
      await fetchAgain()
      return await set(header, token)
    }
  }
}

function away(url: string, cause?: unknown): Failure {
  const message = `The keys of tokens cannot be fetched from ${url}. Check SUPABASE_URL and that it answers.`
  return new Failure('configuration-invalid', message, { cause })
}
