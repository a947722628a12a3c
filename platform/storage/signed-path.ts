/** Short-lived permissions to read or write one path, which only the holder of a secret can give. */

import { createHmac, timingSafeEqual } from 'node:crypto'

export interface Permission {
  readonly method: 'GET' | 'PUT'
  readonly path: string
  /** Seconds since 1970. */
  readonly expires: number
}

/** What to append to the URL of the path. */
export function signedQuery(permission: Permission, secret: string): string {
  return `expires=${permission.expires}&signature=${signatureOf(permission, secret)}`
}

/** Whether `signature` is ours, of exactly this method, path and expiry, and that is yet to come. */
export function isPermitted(
  permission: Permission,
  signature: string,
  { secret, now = Date.now() }: { readonly secret: string; readonly now?: number },
): boolean {
  const expected = Buffer.from(signatureOf(permission, secret))
  const given = Buffer.from(signature)
  const isOurs = expected.length === given.length && timingSafeEqual(expected, given)
  return isOurs && permission.expires * 1000 > now
}

function signatureOf({ method, path, expires }: Permission, secret: string): string {
  return createHmac('sha256', secret).update(`${method}\n${path}\n${expires}`).digest('hex')
}
