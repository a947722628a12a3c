/** Short-lived permissions to read or write one path, which only the holder of a secret can give. */

import { createHmac, timingSafeEqual } from 'node:crypto'

export type Permission = ReadPermission | WritePermission

export interface ReadPermission {
  readonly method: 'GET'
  readonly path: string
  /** Seconds since 1970. */
  readonly expires: number
}

export interface WritePermission extends Omit<ReadPermission, 'method'> {
  readonly method: 'PUT'
  /** Exactly as the request's header has it. */
  readonly contentType: string
  /** Of the body; whoever serves the path counts them. */
  readonly maxBytes: number
}

/**
 * What to append to the URL of the path: `expires`, for a PUT `max` (its bytes), and `signature`. The content type is
 * in no query: the request's own is what counts.
 */
export function signedQuery(permission: Permission, secret: string): string {
  const limit = permission.method === 'PUT' ? `&max=${permission.maxBytes}` : ''
  return `expires=${permission.expires}${limit}&signature=${signatureOf(permission, secret)}`
}

/** Whether `signature` is ours, of exactly this permission, and its expiry is yet to come. */
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

function signatureOf(permission: Permission, secret: string): string {
  const { method, path, expires } = permission
  const lines: (string | number)[] = [method, path, expires]
  if (permission.method === 'PUT') lines.push(permission.contentType, permission.maxBytes)
  return createHmac('sha256', secret).update(lines.join('\n')).digest('hex')
}
