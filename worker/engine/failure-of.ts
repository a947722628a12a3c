/** What went wrong inside an engine, as a code that decides a job's fate. */
import { Failure, type FailureCode, messageOf } from '#contract'
import type { Turn } from '#platform/child/obey.ts'
import { isOutOfMemory } from '#platform/child/out-of-memory.ts'

/** What the parent is told of what was thrown in a turn. */
export function failureIn(error: unknown, { signal, stage }: Turn<never>): Failure {
  const code = codeOf(error, signal.aborted)
  return new Failure(code, messageFor(error, code, stage))
}

/** `isCancelled`: the error is the one that an aborted run throws. */
export function codeOf(error: unknown, isCancelled: boolean): FailureCode {
  if (isCancelled) return 'cancelled'
  if (error instanceof Failure) return error.code
  return isOutOfMemory(messageOf(error)) ? 'out-of-memory' : 'internal'
}

/** What a person is told; about memory, not in the runtime's words, which name its own source files. */
export function messageFor(error: unknown, code: FailureCode, stage: string): string {
  const message = messageOf(error)
  if (code !== 'out-of-memory' || error instanceof Failure) return message
  const [, bytes] = /requested buffer of size (\d+)/.exec(message) ?? []
  const wanted = bytes ? `, where ${Math.ceil(Number(bytes) / 2 ** 20)} MB more were wanted` : ''
  return `The engine ran out of memory in "${stage}"${wanted}. Ask for a smaller picture, or give it more memory.`
}
