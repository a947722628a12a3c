/** One attempt to tell a receiver that a job is over, and what came of it. */

import { Failure } from '#contract'
import { createGuardedFetch, type GuardedFetch, type GuardOptions } from '../fetch/guarded-fetch.ts'
import { classify, type Outcome } from './classify.ts'
import { callbackSignature, standardSignature } from './sign.ts'

export interface Receiver {
  /** Chosen by the operator, so it may be private. */
  readonly url: string
  /** Sent to `url` and to nothing else. */
  readonly bearer?: string
  readonly scheme: Scheme
}

export type Scheme =
  | { readonly kind: 'job-callback'; readonly secret: string }
  /** Two secrets while one is being replaced. */
  | { readonly kind: 'standard'; readonly secrets: readonly string[] }

export interface CallbackOptions {
  /** The configured receiver; without one only allowed URLs of jobs are called. */
  readonly receiver?: Receiver
  /** Of URLs that jobs carry. Without them none is called. */
  readonly others?: {
    readonly allowedHosts: readonly string[]
    readonly scheme: Scheme
    readonly guard?: Omit<GuardOptions, 'allowedHosts'>
  }
  /** Milliseconds for one attempt; 30 seconds unless given. */
  readonly timeout?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export interface Callback {
  /** The same on each attempt. */
  readonly id: string
  /** The receiver's where left out. */
  readonly url?: string | undefined
  /** JSON, signed and sent byte for byte. */
  readonly body: string
  readonly signal?: AbortSignal
}

/** Never rejects but with `cancelled`. */
export type SendCallback = (callback: Callback) => Promise<Outcome>

export function createSendCallback(options: CallbackOptions): SendCallback {
  const { receiver, others, timeout = 30_000, now = Date.now } = options
  // Of what a receiver says, the beginning is read.
  const limits = { maxBytes: 65_536, timeouts: { idle: timeout, total: timeout } }
  const trusted = receiver && createGuardedFetch({ ...limits, privateOrigins: [receiver.url] })
  const guarded =
    others && createGuardedFetch({ ...others.guard, ...limits, allowedHosts: others.allowedHosts })

  return async ({ id, url, body, signal }) => {
    const isReceiver = receiver !== undefined && (url === undefined || url === receiver.url)
    const guard = isReceiver ? trusted : guarded
    const scheme = isReceiver ? receiver.scheme : others?.scheme
    const target = isReceiver ? receiver.url : url
    if (!target) return { kind: 'refused', reason: 'no callback URL is configured' }
    if (!guard || !scheme) return { kind: 'refused', reason: 'no callback URL of a job is allowed' }
    const headers = {
      'content-type': 'application/json',
      ...(isReceiver && receiver.bearer && { authorization: `Bearer ${receiver.bearer}` }),
      ...signature(scheme, { id, body, now: now() }),
    }
    return await outcomeOf(guard, target, { headers, body, signal, now })
  }
}

function signature(
  scheme: Scheme,
  { id, body, now }: { readonly id: string; readonly body: string; readonly now: number },
): Readonly<Record<string, string>> {
  if (scheme.kind === 'job-callback') return callbackSignature(body, scheme.secret)
  return standardSignature(body, { id, now, secrets: scheme.secrets })
}

interface Attempt {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal | undefined
  readonly now: () => number
}

async function outcomeOf(
  guard: GuardedFetch,
  url: string,
  { now, ...message }: Attempt,
): Promise<Outcome> {
  try {
    return classify(await guard.send(url, { method: 'POST', ...message }), now())
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'cancelled') throw error
    if (error.code === 'reference-blocked') return { kind: 'refused', reason: error.message }
    return { kind: 'retry', atLeast: 0, reason: error.message }
  }
}
