/** What went wrong inside an engine, as a code that decides a job's fate. */
import { Failure, type FailureCode, messageOf } from '#contract'

/** How ONNX Runtime, CUDA, C++ and V8 say that memory ran out. */
const OUT_OF_MEMORY =
  /out of memory|bad_alloc|failed to allocate|allocation failed|BFCArena|CUDA_ERROR_OUT_OF_MEMORY|ALLOC_FAILED/i

export const isOutOfMemory = (text: string): boolean => OUT_OF_MEMORY.test(text)

/** `isCancelled`: the error is the one that an aborted run throws. */
export function codeOf(error: unknown, isCancelled: boolean): FailureCode {
  if (isCancelled) return 'cancelled'
  if (error instanceof Failure) return error.code
  return isOutOfMemory(messageOf(error)) ? 'out-of-memory' : 'internal'
}

/** What a person is told; of memory not in the runtime's words, which are of its own source files. */
export function messageFor(error: unknown, code: FailureCode, stage: string): string {
  const message = messageOf(error)
  if (code !== 'out-of-memory' || error instanceof Failure) return message
  const [, bytes] = /requested buffer of size (\d+)/.exec(message) ?? []
  const wanted = bytes ? `, where ${Math.ceil(Number(bytes) / 2 ** 20)} MB more were wanted` : ''
  return `The engine ran out of memory in "${stage}"${wanted}. Ask for a smaller picture, or give it more memory.`
}
