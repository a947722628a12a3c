/** What an error of the S3 client means, in the words that all storages use. */

import { S3ServiceException } from '@aws-sdk/client-s3'
import { Failure, messageOf } from '#contract'

/** Of the file: there is a bucket, and it has no such key. */
export const isMissing = (error: unknown): boolean =>
  error instanceof S3ServiceException &&
  error.$metadata.httpStatusCode === 404 &&
  error.name !== 'NoSuchBucket'

/** A Failure about `path`; keys, URLs and what the server says of them stay out of its sentence. */
export function s3Failure(cause: unknown, path: string): Failure {
  if (cause instanceof Failure) return cause
  if (isMissing(cause)) {
    const message = `There is no file ${path}. It may have expired.`
    return new Failure('not-found', message, { cause })
  }
  const status = cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined
  if (cause instanceof S3ServiceException && status !== undefined && status >= 300) {
    const message = `S3 refused ${path} with ${status}. ${mendOf(cause.name, status)}`
    return new Failure('storage-failed', message, { cause })
  }
  const message = `S3 cannot be reached about ${path} (${reasonOf(cause)}). Check S3_ENDPOINT.`
  return new Failure('storage-failed', message, { cause })
}

function mendOf(name: string, status: number): string {
  const known = mends[name]
  if (known !== undefined) return known
  if (status === 301 || status === 307) return 'Check S3_REGION and S3_ENDPOINT.'
  // What is not there is forbidden too for keys that may not list the bucket.
  if (status === 401 || status === 403) {
    return 'Check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, and that they may list the bucket.'
  }
  if (status === 413) return "Raise the server's size limit."
  return 'Try again, or look into the bucket.'
}

const mends: Readonly<Record<string, string>> = {
  NoSuchBucket: 'Check S3_BUCKET.',
  RequestTimeTooSkewed: "Set this machine's clock.",
  AuthorizationHeaderMalformed: 'Check S3_REGION.',
  PermanentRedirect: 'Check S3_REGION and S3_ENDPOINT.',
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return messageOf(cause)
  if (cause.name === 'AbortError' || cause.name === 'TimeoutError') return 'no answer in time'
  return 'code' in cause ? String(cause.code) : cause.name
}
