/** Whether Replicate sent a webhook: Standard Webhooks' signature, over the bytes as they came. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { Failure } from '#contract'
import type { WebhookCall } from '../provider.ts'

export interface WebhookOptions {
  /** `whsec_` and base64; two while one is being replaced. */
  readonly secrets: readonly string[]
  readonly now: () => number
}

/** Either way of our clock; older is a replay, newer a forgery or a wrong clock. */
const TOLERANCE = 5 * 60_000

const body = z.object({ id: z.string().min(1) })

/**
 * Throws `configuration-invalid` without a secret, `unauthorized` for what Replicate did not send just now, and
 * `request-unreadable` for what it sent and is no prediction.
 */
export function readWebhook(call: WebhookCall, { secrets, now }: WebhookOptions) {
  if (secrets.length === 0) {
    const message =
      'REPLICATE_WEBHOOK_SECRET is not set. It is to be had at GET /webhooks/default/secret.'
    throw new Failure('configuration-invalid', message)
  }
  const {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': signatures,
  } = call.headers
  if (!id || !seconds || !signatures || !/^\d{1,12}$/.test(seconds)) {
    throw new Failure('unauthorized', 'The webhook is not signed.')
  }
  const signed = Buffer.concat([Buffer.from(`${id}.${seconds}.`), call.body])
  const given = signatures
    .split(' ')
    .flatMap((one) => (one.startsWith('v1,') ? [one.slice(3)] : []))
  const isOurs = secrets
    .map((secret) => createHmac('sha256', keyOf(secret)).update(signed).digest())
    .some((expected) => given.some((signature) => isSame(signature, expected)))
  if (!isOurs) throw new Failure('unauthorized', 'The signature of the webhook is not Replicate’s.')
  if (Math.abs(now() - Number(seconds) * 1000) > TOLERANCE) {
    throw new Failure('unauthorized', 'The webhook was signed more than five minutes from now.')
  }
  const read = body.safeParse(parsed(call.body))
  if (!read.success) throw new Failure('request-unreadable', 'The webhook tells of no prediction.')
  return { eventId: id, ref: read.data.id }
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  if (key.length > 0) return key
  const message = 'REPLICATE_WEBHOOK_SECRET is not a secret of Replicate’s: whsec_ and base64.'
  throw new Failure('configuration-invalid', message)
}

function isSame(signature: string, expected: Buffer): boolean {
  const given = Buffer.from(signature, 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return undefined
  }
}
