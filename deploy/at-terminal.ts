/** Runs a command to its end: one sentence for what stands in its way, and the exit status that belongs to it. */
import { Failure, messageOf } from '#contract'
import { bearClosedOutput } from '#platform/bear-closed-output.ts'

/** sysexits.h: a failure that may pass by itself. */
const TEMPORARY = 75
/** What a shell expects of a command that Ctrl-C ended. */
const INTERRUPTED = 130

/** Sets the process's exit status: 1 for what has to be mended, 75 for what may be tried again as it is. */
export async function atTerminal(
  name: string,
  obey: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  bearClosedOutput()
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  try {
    await obey(stop.signal)
  } catch (error) {
    if (stop.signal.aborted) {
      process.stderr.write(
        `${name}: Interrupted: what is said to be done was done, nothing else.\n`,
      )
      process.exitCode = INTERRUPTED
      return
    }
    const wonder = error instanceof Failure ? '' : 'This should not have happened: '
    process.stderr.write(`${name}: ${wonder}${messageOf(error)}\n`)
    process.exitCode = error instanceof Failure && error.retryable ? TEMPORARY : 1
  }
}
