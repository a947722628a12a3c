/** Deletes what has been kept long enough, and what its caller wants gone: files first, then what the database says of them. */
import type { Log } from '#platform/log.ts'
import { removePublished } from '#platform/storage/publish.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Database } from '../database/database.ts'
import type { JobStatus, Owner } from '../store/job-row.ts'
import {
  askToPurge,
  deleteOld,
  deleteUpload,
  jobsToPurge,
  jobToPurge,
  markPurged,
  oldUploads,
  type Purgeable,
} from '../store/purge.ts'
import { deleteOldEvents } from '../trust/policy-events.ts'
import { isOver } from './go-on.ts'

export interface RetentionParts {
  readonly database: Database
  readonly storage: Storage | undefined
  readonly log: Log
}

/** In milliseconds. What is kept for ever is `Infinity`. */
export interface Ages {
  readonly uploads: number
  /** Pictures that were made. */
  readonly outputs: number
  /** Jobs that are over, with their attempts and charges; at least as long as their pictures. */
  readonly rows: number
  readonly idempotencyKeys: number
  readonly webhookEvents: number
  /** What the policy decided; the database lets nobody delete what is younger than a year. */
  readonly policyEvents: number
}

const DAY = 24 * 60 * 60_000

export const defaultAges: Ages = {
  uploads: 7 * DAY,
  outputs: 30 * DAY,
  rows: 90 * DAY,
  idempotencyKeys: DAY,
  webhookEvents: 7 * DAY,
  policyEvents: 365 * DAY,
}

export interface Swept {
  readonly uploads: number
  readonly purged: number
  readonly rows: number
  readonly keys: number
  readonly events: number
}

const BATCH = 200

/** Everything whose time is over. May be run by many gateways at once, and may be cut off anywhere. */
export async function sweepOld(parts: RetentionParts, ages: Ages = defaultAges): Promise<Swept> {
  const { database } = parts
  const purged = await eachBatch(
    (skip) => jobsToPurge(database, { ...batchOf(ages.outputs), skip }),
    (job) => purge(job, parts),
    parts,
  )
  const uploads = await eachBatch(
    (skip) => oldUploads(database, { ...batchOf(ages.uploads), skip }),
    (path) => removeUpload(path, parts),
    parts,
  )
  const rows = await whole(() => deleteOld.jobs(database, batchOf(ages.rows)))
  const keys = await whole(() => deleteOld.idempotencyKeys(database, batchOf(ages.idempotencyKeys)))
  const events = await whole(() => deleteOld.webhookEvents(database, batchOf(ages.webhookEvents)))
  await whole(() => deleteOld.turns(database, batchOf(DAY)))
  await whole(() => deleteOldEvents(database, batchOf(ages.policyEvents)))
  return { uploads, purged, rows, keys, events }
}

/**
 * Deletes what is stored of one job of the owner's, at once where it is over, else as soon as it is.
 * @returns the state of the job; undefined for one that is not the owner's. Throws `storage-failed`; it is kept in
 * mind then.
 */
export async function purgeJob(
  id: string,
  owner: Owner,
  parts: RetentionParts,
): Promise<JobStatus | undefined> {
  const status = await askToPurge(parts.database, id, owner)
  if (status === undefined || !isOver({ status })) return status
  const job = await jobToPurge(parts.database, id)
  if (job) await purge(job, parts)
  return status
}

/** What Postgres can subtract from today; longer is for ever. */
const LONGEST = 1_000 * 365 * DAY

const batchOf = (ageMs: number) => ({ ageMs: Math.min(ageMs, LONGEST), count: BATCH })

async function purge({ id, assets }: Purgeable, { database, storage }: RetentionParts) {
  await removePublished(assets, storage)
  await markPurged(database, id)
}

async function removeUpload(path: string, { database, storage }: RetentionParts) {
  await storage?.remove(path)
  await deleteUpload(database, path)
}

/** One that cannot be removed now is passed over until the next sweep. @returns how many were removed. */
async function eachBatch<Item>(
  batch: (skip: number) => Promise<readonly Item[]>,
  remove: (item: Item) => Promise<void>,
  { log }: RetentionParts,
): Promise<number> {
  let removed = 0
  let failed = 0
  for (;;) {
    const items = await batch(failed)
    for (const item of items) {
      try {
        await remove(item)
        removed++
      } catch (error) {
        log.warn('not removed', { error })
        failed++
      }
    }
    if (items.length < BATCH) return removed
  }
}

async function whole(deleteBatch: () => Promise<number>): Promise<number> {
  let all = 0
  for (;;) {
    const count = await deleteBatch()
    all += count
    if (count < BATCH) return all
  }
}
