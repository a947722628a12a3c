/** The patience of tests with a stand-in that never answers: over once the call was heard, not after a time. */

export interface Awaited {
  readonly fault: string
  /** As in `stub.asked`. */
  readonly call: string
}

/** Without end where there is an answer. */
export function patienceWith(
  stub: { readonly asked: readonly string[] },
  { fault, call }: Awaited,
): AbortSignal {
  const patience = new AbortController()
  if (!fault.startsWith('silent')) return patience.signal
  const timer = setInterval(() => {
    if (!stub.asked.includes(call)) return
    clearInterval(timer)
    patience.abort()
  }, 2)
  return patience.signal
}
