/** fal.ai's queue by plain HTTP: our key on every call, and nowhere else. */
import { Failure } from '#contract'
import type { ProviderAnswer, ProviderHttp } from '../provider-http.ts'

export interface FalApi {
  /** Of the queue; ends in a slash. */
  readonly root: URL
  /** What may be repeated; every status is an answer. `path` is relative to the root. Throws `provider-unavailable`. */
  readonly ask: (call: ApiCall) => Promise<ProviderAnswer>
  /** What is paid for: sent once. Every status is an answer; throws as `ProviderHttp.order`. */
  readonly order: (call: ApiOrder) => Promise<ProviderAnswer>
}

export interface ApiCall {
  readonly method: 'GET' | 'PUT'
  readonly path: string
  readonly signal: AbortSignal
}

export interface ApiOrder {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

export interface ApiOptions {
  readonly http: ProviderHttp
  readonly key: string
  readonly baseUrl: string
}

export function createFalApi({ http, key, baseUrl }: ApiOptions): FalApi {
  const root = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`)
  const authorization = `Key ${key}`
  return {
    root,
    ask: ({ method, path, signal }) =>
      http.ask({ method, url: below(root, path), headers: { authorization }, signal }),
    order: ({ path, headers, body, signal }) =>
      http.order({
        method: 'POST',
        url: below(root, path),
        headers: { ...headers, authorization },
        body,
        signal,
      }),
  }
}

/** The key goes to no other host, whatever an answer pointed to. */
function below(root: URL, path: string): URL {
  const url = new URL(path, root)
  if (url.origin === root.origin) return url
  const message = `fal.ai points to ${url.host}, where our key does not go.`
  throw new Failure('provider-failed', message)
}
