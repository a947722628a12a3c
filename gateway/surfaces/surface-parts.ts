/** What the surfaces that clients already speak stand on: all are translations onto `accept`. */
import type { Log } from '#platform/log.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Database } from '../database/database.ts'
import type { JobWatch } from '../events/job-watch.ts'
import type { CallerParts } from '../http/caller-of.ts'
import type { WaitForEnd } from '../http/wait-for-end.ts'
import type { Accept } from '../jobs/accept.ts'
import type { JobStatus, Owner } from '../store/job-row.ts'
import type { SaveUpload } from '../uploads/save-upload.ts'

export interface SurfaceParts extends CallerParts, Pick<Accept, 'accept'> {
  readonly database: Database
  readonly storage: Pick<Storage, 'get' | 'sign'>
  /** The same that `POST /v1/uploads` keeps references by. */
  readonly saveUpload: SaveUpload
  readonly waitForEnd: WaitForEnd
  readonly jobWatch: Pick<JobWatch, 'watch'>
  /** As it is then; undefined for another owner's. */
  readonly cancel: (id: string, owner: Owner) => Promise<JobStatus | undefined>
  readonly log: Log
  /** How long a connection is held for its job, in ms; a little longer than the job's own 300 s unless given. */
  readonly heldMs?: number | undefined
}
