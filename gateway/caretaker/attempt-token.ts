/** The token in the webhook URL of an attempt: nobody can guess it, and every gateway can write it again. */
import { createHash, createHmac } from 'node:crypto'

/** @param secret of all gateways on one database. Derived, since only a hash is kept and `Provider.find` needs the URL. */
export function tokenOf(attemptId: string, secret: string): string {
  return createHmac('sha256', secret).update(`webhook of attempt ${attemptId}`).digest('base64url')
}

/** As the database keeps it. */
export const hashOfToken = (token: string): string =>
  createHash('sha256').update(token).digest('hex')

export interface WebhookPlace {
  /** Of this gateway, as the world reaches it; undefined where it does not. */
  readonly publicUrl: string | undefined
  readonly secret: string
}

/** Where a provider may call back about an attempt. */
export function webhookUrlOf(
  { id, provider }: { readonly id: string; readonly provider: string },
  { publicUrl, secret }: WebhookPlace,
): string | undefined {
  if (publicUrl === undefined) return undefined
  const path = provider === 'fal-ai' ? 'fal' : provider
  return `${publicUrl.replace(/\/+$/, '')}/webhooks/${path}/${tokenOf(id, secret)}`
}
