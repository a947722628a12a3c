/** Whether fal.ai sent a webhook: its Ed25519 signature, over the bytes as they came. */
import { createHash, type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import { Failure } from '#contract'
import type { WebhookCall } from '../provider.ts'
import { requestId } from './request-ref.ts'
import type { WebhookKeys } from './webhook-keys.ts'

export interface WebhookOptions {
  readonly keys: WebhookKeys
  /** Of our account at fal.ai, which signs for all of its users with the same keys; any where undefined. */
  readonly userId: string | undefined
  readonly now: () => number
}

/** Either way of our clock; older is a replay, newer a forgery or a wrong clock. */
const TOLERANCE = 5 * 60_000

const body = z.object({ request_id: requestId })

/**
 * Throws `configuration-invalid` while the keys are away, `unauthorized` for what fal.ai did not send us just now, and
 * `request-unreadable` for what it sent and tells of no request.
 */
export async function readWebhook(call: WebhookCall, { keys, userId, now }: WebhookOptions) {
  const {
    'x-fal-webhook-request-id': id,
    'x-fal-webhook-user-id': user,
    'x-fal-webhook-timestamp': seconds,
    'x-fal-webhook-signature': hex,
  } = call.headers
  const isSigned = id && user && seconds && /^\d{1,12}$/.test(seconds)
  if (!isSigned || !hex || !/^[0-9a-f]{128}$/i.test(hex)) {
    throw new Failure('unauthorized', 'The webhook is not signed.')
  }
  if (Math.abs(now() - Number(seconds) * 1000) > TOLERANCE) {
    throw new Failure('unauthorized', 'The webhook was signed more than five minutes from now.')
  }
  if (userId !== undefined && user !== userId) {
    throw new Failure('unauthorized', 'The webhook is of another account of fal.ai’s.')
  }
  const digest = createHash('sha256').update(call.body).digest('hex')
  const message = Buffer.from(`${id}\n${user}\n${seconds}\n${digest}`)
  const signature = Buffer.from(hex, 'hex')
  const isBy = (some: readonly KeyObject[] | undefined) =>
    some?.some((key) => verify(null, message, key, signature)) ?? false
  if (!isBy(await keys.known()) && !isBy(await keys.renewed())) {
    throw new Failure('unauthorized', 'The signature of the webhook is not fal.ai’s.')
  }
  const read = body.safeParse(parsed(call.body))
  if (!read.success) throw new Failure('request-unreadable', 'The webhook tells of no request.')
  return { eventId: id, ref: read.data.request_id }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return undefined
  }
}
