/** How a receiver knows that a callback is ours: headers made of the exact bytes that are sent. */

import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'

/** Today's `X-Callback-Signature`: lower-case hex, no time, no id. */
export function callbackSignature(body: string, secret: string): Readonly<Record<string, string>> {
  const digest = createHmac('sha256', secret).update(body).digest('hex')
  return { 'x-callback-signature': `sha256=${digest}` }
}

export interface Identity {
  /** The same on each attempt, so that the receiver can tell a repetition. */
  readonly id: string
  /** Milliseconds since 1970, of this attempt. */
  readonly now: number
  /** `whsec_` and base64; two while one is being replaced by the other. */
  readonly secrets: readonly string[]
}

/** Standard Webhooks 1.0.0: `webhook-id`, `-timestamp` and `-signature`. */
export function standardSignature(
  body: string,
  { id, now, secrets }: Identity,
): Readonly<Record<string, string>> {
  const sent = new Date(now)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': secrets
      .map((secret) => new Webhook(secret).sign(id, sent, body))
      .join(' '),
  }
}
