/** A step of the start that needs the database, which is waited for where it is away, since it mostly comes back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#contract'
import type { Log } from '#platform/log.ts'

export interface Patience {
  readonly log: Log
  /** Aborted: nothing is waited for any more. */
  readonly signal: AbortSignal
  /** Told what is waited for, and, without a reason, that it has come. */
  readonly onWaiting: (reason?: Failure) => void
}

const AGAIN_MS = 500

/**
 * Undefined where the waiting was given up. Throws `configuration-invalid` for a database that will not have us.
 *
 * A line when the waiting begins, and one when it ends; between them a sparing log tells that it goes on.
 * @param step done anew after each failure, of which nobody knows how far it came.
 */
export async function untilDatabase<Result>(
  step: () => Promise<Result>,
  { log, signal, onWaiting }: Patience,
): Promise<Result | undefined> {
  for (let isWaiting = false; !signal.aborted; isWaiting = true) {
    try {
      const result = await step()
      if (isWaiting) {
        log.info('database has come')
        onWaiting()
      }
      return result
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'database-unavailable') throw refused(error)
      log.warn('waiting for the database', { error })
      onWaiting(error)
    }
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
  }
  return undefined
}

/** Classes and codes of SQLSTATE that say what is wrong with the URL: 28 of who asks, 3D000 of the database's name. */
function refused(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!code.startsWith('28') && code !== '3D000') return error
  const what = code === '3D000' ? 'There is no such database' : 'Its user or password is refused'
  const message = `DATABASE_URL cannot be used. ${what} (${code}). Make it on the server, or correct the URL.`
  return new Failure('configuration-invalid', message, { cause: error })
}
