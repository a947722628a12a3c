/** Text with everything taken out that a log must not keep, whoever wrote it. */

const LONGEST = 300

/** What keys, tokens and signatures are made of, in a row too long for a word or a UUID. */
const LONG_RUN = /[A-Za-z0-9+/_=~-]{32,}/g
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const NAMED_SECRET =
  /\b([\w-]*(?:authorization|cookie|token|secret|signature|password|passwd|api-?key|apikey))["']?\s*[=:]\s*\S+/gi

/** Shorter than a `LONG_RUN`, and without what every other rule needs: each line of a log has several such words. */
const PLAIN_WORD = /^[\w.@-]{1,31}$/

/**
 * Of URLs the host stays; keys, tokens, signatures and what is in quotation marks, where prompts
 * and file contents are, go. Line breaks become spaces, and the length is bounded.
 */
export function scrub(text: string): string {
  if (PLAIN_WORD.test(text)) return text
  return text
    .slice(0, 10 * LONGEST)
    .replace(/\b([a-z][a-z\d+.-]*):\/\/[^\s"'<>]*/gi, hostOnly)
    .replace(/\b(bearer|basic)\s+\S+/gi, '$1 [withheld]')
    .replace(NAMED_SECRET, '$1=[withheld]')
    .replace(LONG_RUN, (run) => (UUID.test(run) ? run : '[withheld]'))
    .replace(/"[^"]*("|$)|“[^”]*(”|$)|`[^`]*(`|$)/g, '"…"')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST)
}

/** Whether a value is a plain name of something: a job, a code, a stage. */
export function isPlainName(value: string): boolean {
  if (UUID.test(value)) return true
  return (
    /^[\w.:@-]{1,128}$/.test(value) && scrub(value) === value && !/^(eyJ|whsec_|sk-)/.test(value)
  )
}

/** Scheme and host of a URL, which may still be in it with a password; `[url]` where it is broken. */
export function hostOnly(url: string): string {
  return URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : '[url]'
}
