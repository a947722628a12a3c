/** What can go wrong, as codes: whose fault it is, and whether to try again. */

interface Kind {
  readonly fault: 'user' | 'policy' | 'provider' | 'operator' | 'us'
  readonly retryable: boolean
}

const kinds = {
  'request-invalid': { fault: 'user', retryable: false },
  'image-unreadable': { fault: 'user', retryable: false },
  'image-too-large': { fault: 'user', retryable: false },
  'checkpoint-invalid': { fault: 'operator', retryable: false },
  'checkpoint-unsupported': { fault: 'operator', retryable: false },
  'device-unavailable': { fault: 'operator', retryable: false },
  'out-of-memory': { fault: 'us', retryable: true },
  'engine-crashed': { fault: 'us', retryable: true },
  'engine-hung': { fault: 'us', retryable: true },
  cancelled: { fault: 'user', retryable: false },
  internal: { fault: 'us', retryable: false },
} as const satisfies Record<string, Kind>

export type FailureCode = keyof typeof kinds

/** An error that a person can act on: its message names the thing and the mend. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get fault(): Kind['fault'] {
    return kinds[this.code].fault
  }

  get retryable(): boolean {
    return kinds[this.code].retryable
  }
}

/** What an unknown thrown thing says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
