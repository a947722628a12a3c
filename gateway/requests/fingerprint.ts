/** What of a request makes it the same request when it comes again under its Idempotency-Key. */
import { createHash } from 'node:crypto'

/** SHA-256 in hexadecimal of the canonical JSON: keys in order, and signed URLs without what signs them anew each time. */
export function fingerprint(request: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(request)) ?? '')
    .digest('hex')
}

function canonical(value: unknown): unknown {
  if (typeof value === 'string') return withoutSignature(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(canonical)
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  const ordered = entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(ordered.map(([key, each]) => [key, canonical(each)]))
}

/** S3's, Supabase's, Google's, Azure's and our own. A query that signs nothing may say which picture is meant. */
const SIGNED = /[?&](?:x-amz-signature|x-goog-signature|signature|sig|token)=/i

function withoutSignature(text: string): string {
  if (!/^https?:\/\//i.test(text) || !SIGNED.test(text)) return text
  return text.slice(0, text.indexOf('?'))
}
