/** Waits for a job to be over, beside all others who watch it. */
import type { Database } from '../database/database.ts'
import type { JobWatch } from '../events/job-watch.ts'
import { jobById } from '../store/find-jobs.ts'
import type { JobRow } from '../store/job-row.ts'

/** Resolves when the job is over, or as it then is when `signal` is aborted. Undefined for one that is not there. */
export type WaitForEnd = (id: string, signal: AbortSignal) => Promise<JobRow | undefined>

export interface WaitForEndParts {
  readonly database: Database
  readonly watch: Pick<JobWatch, 'watch'>
  /** Aborted: nobody is waited for here any more. */
  readonly leaving?: AbortSignal
}

export const createWaitForEnd =
  ({ database, watch, leaving }: WaitForEndParts): WaitForEnd =>
  async (id, signal) => {
    const over = new AbortController()
    const end = () => over.abort()
    // By hand, since what `AbortSignal.any` hangs on a signal that outlives it stays there on Node 20.
    const signals = leaving ? [signal, leaving] : [signal]
    for (const each of signals) each.addEventListener('abort', end, { once: true })
    if (signals.some(({ aborted }) => aborted)) end()
    try {
      for await (const news of watch.watch(id, { signal: over.signal })) {
        if (news.kind === 'ended') return news.row
      }
      return await jobById(database, id)
    } finally {
      for (const each of signals) each.removeEventListener('abort', end)
    }
  }
