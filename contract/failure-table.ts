/** Every way to fail, as one table: whose fault it is, what may be tried next, and the HTTP status. */

export interface FailureKind {
  readonly fault: 'user' | 'policy' | 'provider' | 'operator' | 'us'
  /** Whether the same provider may try again. How often, and after how long, is up to who tries. */
  readonly retryable: boolean
  /** Whether another provider may try. */
  readonly mayFallBack: boolean
  readonly httpStatus: number
  /** For a person, of the kind and not of the case. */
  readonly meaning: string
}

type Row = (
  fault: FailureKind['fault'],
  httpStatus: number,
  meaning: string,
) => Readonly<FailureKind>

const row =
  (retryable: boolean, mayFallBack: boolean): Row =>
  (fault, httpStatus, meaning) => ({ fault, retryable, mayFallBack, httpStatus, meaning })

const final = row(false, false)
const again = row(true, false)
const elsewhere = row(false, true)
const againOrElsewhere = row(true, true)

export const failureTable = {
  // What was asked.
  'request-invalid': final('user', 422, 'Something that was asked for cannot be.'),
  'request-unreadable': final('user', 400, 'What was sent is not what it says it is.'),
  'request-too-large': final('user', 413, 'More was sent than is read.'),
  'media-type-unsupported': final('user', 415, 'What was sent is of a type that is not read.'),
  'method-not-allowed': final('user', 405, 'There is such an address, but not for this method.'),
  unauthorized: final('user', 401, 'There is no valid key or token.'),
  forbidden: final('user', 403, 'The key or token does not allow this.'),
  'not-found': final('user', 404, 'There is no such thing, or it is another caller’s.'),
  'quota-exceeded': final('user', 402, 'The caller has used up what it may use.'),
  'rate-limited': final('user', 429, 'The caller asks more often than it may.'),
  'idempotency-conflict': final('user', 422, 'The idempotency key belongs to another request.'),
  'idempotency-in-progress': final('user', 409, 'The first request of this key is still read.'),
  'callback-blocked': final('user', 422, 'The callback URL is not one that may be called.'),
  cancelled: final('user', 409, 'It was cancelled.'),

  // The reference.
  'image-unreadable': final('user', 422, 'The picture cannot be decoded.'),
  'image-too-large': final('user', 422, 'The picture has too many pixels or bytes.'),
  'reference-blocked': final('user', 422, 'The reference is where nothing may be fetched from.'),
  'reference-forbidden': final('user', 403, 'The reference is the file of another user.'),
  'reference-not-found': final('user', 422, 'The reference is not there, or may not be read.'),
  'reference-too-large': final('user', 422, 'The reference is more bytes than are fetched.'),
  'reference-unreachable': again('provider', 422, 'The host of the reference does not answer.'),
  'reference-timeout': again('provider', 422, 'The host of the reference answers too slowly.'),

  // Policy. Which rule it was is not told, so that it cannot be felt out.
  'policy-prompt': final('policy', 422, 'What is described will not be made.'),
  'policy-reference': final('policy', 422, 'The reference will not be changed so.'),
  'policy-reference-consent': final('policy', 422, 'The person shown must have consented.'),
  'policy-output': final('policy', 422, 'The picture that was made will not be delivered.'),
  'policy-content-mode': final('policy', 403, 'The content mode is not granted here.'),
  'policy-suspended': final('policy', 403, 'The caller was suspended after several refusals.'),
  'policy-taken-down': final('policy', 451, 'The picture was taken down.'),
  'policy-check-failed': again('operator', 503, 'A check that is required could not be made.'),
  'provider-refused-content': final('policy', 422, 'The provider refused the content.'),

  // Providers other than our own workers.
  'provider-failed': elsewhere('provider', 502, 'The provider ran the job and failed.'),
  'provider-unavailable': againOrElsewhere('provider', 502, 'The provider cannot be reached.'),
  'provider-throttled': againOrElsewhere('provider', 503, 'The provider wants fewer requests.'),
  'provider-denied': elsewhere('operator', 502, 'The provider refuses our key or our account.'),
  'provider-ambiguous': elsewhere('provider', 504, 'Whether the provider took it is not known.'),
  'provider-output-lost': again('provider', 502, 'What the provider made cannot be fetched.'),
  'no-provider': final('operator', 503, 'No provider that is configured can do this now.'),

  // Our workers and their machine.
  'checkpoint-invalid': elsewhere('operator', 503, 'A file of the model is damaged or missing.'),
  'checkpoint-unsupported': elsewhere('operator', 503, 'The model is not one that runs here.'),
  'device-unavailable': elsewhere('operator', 503, 'The device or its libraries are not there.'),
  'configuration-invalid': elsewhere('operator', 503, 'A setting or service is not as needed.'),
  'out-of-memory': againOrElsewhere('us', 503, 'The memory was not enough.'),
  'engine-crashed': againOrElsewhere('us', 500, 'The engine ended by itself.'),
  'engine-hung': againOrElsewhere('us', 500, 'The engine stood still and was ended.'),
  'worker-unavailable': elsewhere('us', 503, 'No worker can do it in time.'),
  'worker-lost': againOrElsewhere('us', 500, 'The worker that had the job is gone.'),
  poison: elsewhere('us', 500, 'Every worker that took the job died of it.'),
  'deadline-expired': elsewhere('us', 504, 'The job was not done by its deadline.'),
  'shutting-down': againOrElsewhere('us', 503, 'The process is about to end.'),

  // What they stand on.
  'queue-unavailable': againOrElsewhere('operator', 503, 'The queue cannot be reached.'),
  'too-busy': again('us', 503, 'There is more open here now than there is room for.'),
  'queue-full': elsewhere('us', 503, 'Too many jobs wait already.'),
  'database-unavailable': again('operator', 503, 'The database cannot be reached.'),
  'storage-failed': againOrElsewhere('operator', 503, 'The storage does not take or give files.'),
  internal: final('us', 500, 'Something went wrong that should not.'),
} as const satisfies Record<string, FailureKind>

export type FailureCode = keyof typeof failureTable
