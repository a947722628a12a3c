/** Work with an end: its signal is aborted after a time, or when somebody else's is. */

/**
 * In place of `AbortSignal.any` with an `AbortSignal.timeout` in it: on Node 20 nobody holds the latter, and once it has
 * been collected it never fires. The reason is the outer signal's, or a `TimeoutError` as that of `AbortSignal.timeout`.
 */
export async function within<Result>(
  milliseconds: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const abort = () => controller.abort(outer?.reason)
  const late = () => controller.abort(new DOMException('It took too long.', 'TimeoutError'))
  const timer = setTimeout(late, milliseconds)
  outer?.addEventListener('abort', abort, { once: true })
  if (outer?.aborted) abort()
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    outer?.removeEventListener('abort', abort)
  }
}
