/** Speaks with the gateway: each answer as JSON, or as a `Problem` whose sentence a person can read. */

/**
 * @typedef {object} ProblemBody
 * @property {string} code
 * @property {string} detail
 * @property {readonly { readonly field: string, readonly message: string }[]} [errors]
 */

/** What went wrong, in words. `code` is the gateway's, or `no-connection`. */
export class Problem extends Error {
  /**
   * @param {ProblemBody} body
   * @param {number} [retryAfterMs] 0 where the answer names none.
   */
  constructor({ code, detail, errors = [] }, retryAfterMs = 0) {
    super(detail)
    this.code = code
    this.errors = errors
    this.retryAfterMs = retryAfterMs
  }
}

const KEY = 'i2i.key'

/** For this tab alone: forgotten when it is closed. */
export const keptKey = () => sessionStorage.getItem(KEY) ?? ''

/** @param {string} key empty: none. */
export function keepKey(key) {
  if (key === '') sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, key)
}

/** A name that nobody else has. (`randomUUID` is there over https and on this machine alone.) */
export const freshName = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')

/**
 * @typedef {object} Asking
 * @property {BodyInit | undefined} [body]
 * @property {unknown} [json] In place of `body`.
 * @property {Readonly<Record<string, string>>} [headers]
 * @property {AbortSignal | undefined} [signal]
 */

/**
 * Throws `Problem`; what the signal says where it is aborted.
 *
 * @template {string} Method
 * @template {string} Path
 * @param {Method} method
 * @param {Path} path
 * @param {Asking} [asking]
 * @returns {Promise<import('./answers.ts').AnswerTo<`${Method} ${Path}`>>}
 */
export async function ask(method, path, asking = {}) {
  const response = await open(method, path, asking)
  return await response.json().catch(noConnection)
}

/**
 * As `ask`, with the body still to be read.
 *
 * @param {string} method
 * @param {string} path
 * @param {Asking} [asking]
 */
export async function open(method, path, { body, json, headers = {}, signal } = {}) {
  const key = keptKey()
  const response = await fetch(path, {
    method,
    body: json === undefined ? (body ?? null) : JSON.stringify(json),
    headers: {
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    signal: signal ?? null,
  }).catch((error) => {
    if (signal?.aborted) throw error
    return noConnection()
  })
  if (response.ok) return response
  const seconds = Number(response.headers.get('retry-after')) || 0
  throw new Problem(await problemIn(response), seconds * 1000)
}

/**
 * @param {Response} response
 * @returns {Promise<ProblemBody>}
 */
async function problemIn(response) {
  const body = await response.json().catch(() => undefined)
  if (typeof body?.code === 'string' && typeof body?.detail === 'string') return body
  const detail = `Something between here and the gateway answered ${response.status}. Send it again in a moment.`
  return { code: 'no-connection', detail }
}

/** @returns {never} */
function noConnection() {
  throw new Problem({
    code: 'no-connection',
    detail:
      'The gateway does not answer. All that you wrote is kept here: send it again when it is back.',
  })
}

/**
 * Pictures that the gateway itself serves are asked for where the page came from, by whatever name that was.
 *
 * @param {string} url
 */
export function hereOf(url) {
  const { pathname, search } = new URL(url)
  return pathname.startsWith('/v1/files/') ? `${pathname}${search}` : url
}
