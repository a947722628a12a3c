/** A file put to a URL that a job carries, so that a worker needs no key of the storage. */

import { Failure } from '#contract'
import type { GuardedFetch } from '../fetch/guarded-fetch.ts'
import type { FileKind } from './storage.ts'

export interface Upload extends FileKind {
  /** Guards, since whoever pushed the job chose the URL. */
  readonly guard: GuardedFetch
  readonly signal?: AbortSignal
}

/**
 * Throws `request-invalid` for a URL that may not be asked or is not signed any more,
 * `storage-failed` where the storage does not take the file now, and `cancelled`.
 */
export async function uploadTo(
  url: string,
  bytes: Uint8Array,
  { contentType, guard, signal }: Upload,
): Promise<void> {
  const headers = { 'content-type': contentType, 'x-upsert': 'true' }
  const { status } = await guard
    .send(url, { method: 'PUT', headers, body: bytes, signal })
    .catch((cause) => {
      throw translated(cause)
    })
  if (status >= 200 && status < 300) return
  const host = new URL(url).hostname
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    const message = `The upload URL at ${host} refuses the file (${status}). Sign a new one.`
    throw new Failure('request-invalid', message)
  }
  throw new Failure('storage-failed', `The storage at ${host} answered ${status}. Try again.`)
}

function translated(cause: unknown): unknown {
  if (!(cause instanceof Failure) || cause.code === 'cancelled') return cause
  const code = cause.code === 'reference-blocked' ? 'request-invalid' : 'storage-failed'
  return new Failure(code, `The upload URL: ${cause.message}`, { cause })
}
