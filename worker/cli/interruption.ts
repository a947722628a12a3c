/** Ctrl-C, or what a container's end sends: the first asks the run to end, the second does not ask. */

/** npm passes the signal on that the terminal has sent us already: both are one key. */
const ONE_KEY = 300

/** What a shell expects of a command that Ctrl-C ended: 128 and the signal's number. */
export const INTERRUPTED = 130

/** Aborted at the first SIGINT or SIGTERM; a second, later one ends this process at once. */
export function onInterrupt(): AbortSignal {
  const controller = new AbortController()
  let first: number | undefined
  const interrupt = () => {
    const now = performance.now()
    if (first !== undefined && now - first > ONE_KEY) process.exit(INTERRUPTED)
    first ??= now
    controller.abort()
  }
  // The first process of a container has no other end by SIGTERM than one of its own.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt)
  return controller.signal
}
