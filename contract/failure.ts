/** An error that a person can act on, of one of the kinds in the table. */
import { type FailureCode, type FailureKind, failureTable } from './failure-table.ts'

/** Its message names the thing and the mend. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get fault(): FailureKind['fault'] {
    return failureTable[this.code].fault
  }

  get retryable(): boolean {
    return failureTable[this.code].retryable
  }

  /** Whether another provider may try what failed here. */
  get mayFallBack(): boolean {
    return failureTable[this.code].mayFallBack
  }

  get httpStatus(): number {
    return failureTable[this.code].httpStatus
  }
}

/** What an unknown thrown thing says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
