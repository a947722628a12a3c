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
}

export const createWaitForEnd =
  ({ database, watch }: WaitForEndParts): WaitForEnd =>
  async (id, signal) => {
    for await (const news of watch.watch(id, { signal })) {
      if (news.kind === 'ended') return news.row
    }
    return await jobById(database, id)
  }
