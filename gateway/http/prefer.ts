/** `Prefer: wait=N` (RFC 7240): how long a client would rather wait for the whole answer. */

/** Less than the minute after which proxies give up. */
export const LONGEST_WAIT_SECONDS = 55

/** Whole seconds, at most 55; undefined where no wait is asked for, or none that can be read. */
export function waitSeconds(prefer: string | undefined): number | undefined {
  for (const preference of prefer?.split(',') ?? []) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i.exec(preference) ?? []
    if (seconds !== undefined) return Math.min(Number(seconds), LONGEST_WAIT_SECONDS)
  }
  return undefined
}
