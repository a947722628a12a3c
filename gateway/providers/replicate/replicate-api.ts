/** Replicate's HTTP API: our token on every call, and nowhere else. */
import { Failure } from '#contract'
import type { ProviderAnswer, ProviderHttp } from '../provider-http.ts'
import { refusalOf } from '../refusal.ts'

export interface ReplicateApi {
  /**
   * `path` is relative to the API's root, or a URL below it. A 404 is an answer.
   * Throws `provider-unavailable`, `provider-throttled`, `provider-denied`, and `provider-failed` for all other refusals.
   */
  readonly get: (path: string, signal?: AbortSignal) => Promise<ProviderAnswer>
  /** What may be repeated, with the same failures. */
  readonly post: (path: string, message?: ApiMessage) => Promise<ProviderAnswer>
  /** What is paid for: sent once. Every status is an answer; throws as `ProviderHttp.order`. */
  readonly order: (path: string, message: ApiMessage) => Promise<ProviderAnswer>
  readonly refusal: (answer: ProviderAnswer) => Failure
}

export interface ApiMessage {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal | undefined
}

export interface ApiOptions {
  readonly http: ProviderHttp
  readonly token: string
  readonly baseUrl: string
  readonly now: () => number
}

export function createReplicateApi({ http, token, baseUrl, now }: ApiOptions): ReplicateApi {
  const root = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`)
  const callOf = (path: string, message: ApiMessage = {}) => ({
    ...message,
    url: below(root, path),
    headers: { ...message.headers, authorization: `Bearer ${token}` },
  })
  const refusal = (answer: ProviderAnswer) =>
    refusalOf(answer, { provider: 'Replicate', keySetting: 'REPLICATE_API_TOKEN', now: now() })
  const accepted = (answer: ProviderAnswer): ProviderAnswer => {
    const isAnswer = (answer.status >= 200 && answer.status < 300) || answer.status === 404
    if (isAnswer) return answer
    throw refusal(answer)
  }
  return {
    get: async (path, signal) =>
      accepted(await http.ask({ ...callOf(path), method: 'GET', signal })),
    post: async (path, message) =>
      accepted(await http.ask({ ...callOf(path, message), method: 'POST' })),
    order: (path, message) => http.order({ ...callOf(path, message), method: 'POST' }),
    refusal,
  }
}

/** The token goes to no other host, whatever page of a list points there. */
function below(root: URL, path: string): URL {
  const url = new URL(path, root)
  if (url.origin === root.origin) return url
  throw new Failure(
    'provider-failed',
    `Replicate points to ${url.host}, where our token does not go.`,
  )
}
