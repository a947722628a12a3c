/** One job that somebody watches: what is known of it, and who is to hear of each change. */
import type { JobEvent } from '#contract'
import type { JobNews, JobProgress, Standing } from './job-news.ts'
import { createMailbox, type Mailbox } from './mailbox.ts'
import { createPace, type Pace } from './pace.ts'
import { isAfter } from './stream-order.ts'
import { markOf, type Place, type WatchedRow } from './watched-rows.ts'

export interface Watcher {
  readonly mailbox: Mailbox<JobNews>
  /** The event that it saw last. */
  readonly after: string | undefined
  /** Whether it came before the look that is under way, so that what that reads is new enough for it. */
  isExpected: boolean
  hasBegun: boolean
}

export type EstimateWait = (row: WatchedRow, place: Place) => number | undefined

export interface WatchedJob {
  readonly id: string
  readonly watchers: Set<Watcher>
  /** Undefined until it was read. */
  row?: WatchedRow
  /** The newest event of the queue's that was read. */
  place?: string
  inLine?: Place
  /** All of the stream is to be read: for its newest place, or for one that comes back. */
  wantsHistory: boolean
  /** Whether there may be something to tell. */
  isTouched: boolean
  progress?: JobProgress | undefined
  /** The newest that was told. */
  preview?: string | undefined
  pace: Pace
  /**
   * Whether the queue says that a worker has it, which the row will say soon; false again once that worker is lost,
   * which the row never says. Undefined until the queue says anything.
   */
  isTaken?: boolean | undefined
  /** The row is to be read at the next look. */
  isStale: boolean
  /** Until when it is read at every look: the queue says that it is over. */
  staleUntil: number
  told?: Standing
}

export const newJob = (id: string): WatchedJob => ({
  id,
  watchers: new Set(),
  pace: createPace(),
  wantsHistory: true,
  isTouched: true,
  isStale: true,
  staleUntil: 0,
})

/** To be told the beginning by the next look that begins. */
export function addWatcher(job: WatchedJob, after: string | undefined): Watcher {
  const mailbox = createMailbox<JobNews>()
  const watcher = { mailbox, after, isExpected: false, hasBegun: false }
  job.watchers.add(watcher)
  job.isStale = true
  job.wantsHistory ||= after !== undefined
  return watcher
}

/** Whether our workers have it or will soon, so that the queue has news of it. */
export function isAtWorkers({ row }: WatchedJob): boolean {
  if (row?.provider !== 'local-sdxl' || row.finishedAt !== null) return false
  return row.status === 'processing' || row.attemptState === 'sent'
}

export const waitsInLine = ({ row }: WatchedJob): boolean =>
  row?.provider === 'local-sdxl' && row.status === 'queued'

export function takeRow(job: WatchedJob, row: WatchedRow): void {
  if (job.row?.attemptId !== row.attemptId) forgetTry(job)
  job.row = row
  job.isTouched = true
  job.staleUntil = 0
}

export function takePlace(job: WatchedJob, place: Place): void {
  job.isTouched ||= place.position !== job.inLine?.position
  job.inLine = place
}

export const markOfJob = ({ row }: WatchedJob): string => (row ? markOf(row) : '')

/** The last events may be on their way to the row still. */
const STALE_MS = 10_000

export interface Heard {
  /** Oldest first: the whole stream, or what is new in it. */
  readonly events: readonly JobEvent[]
  readonly now: number
  readonly estimate: EstimateWait | undefined
  /** The newest there is, as a data URL. */
  readonly preview?: string | undefined
}

/** Tells every watcher what it has not heard. `job.row` is there. @returns whether the job is over for all. */
export function tellAll(job: WatchedJob, row: WatchedRow, heard: Heard): boolean {
  const isNew = job.told === undefined
  for (const event of heard.events) {
    if (!isAfter(event.id, job.place)) continue
    job.place = event.id
    // A worker that does not know yet that another provider has the job is not heard.
    if (row.provider !== 'local-sdxl') continue
    take(job, event, heard.now)
    if (isNew || event.type !== 'progress' || !job.progress) continue
    const preview = heard.preview === job.preview ? undefined : heard.preview
    job.preview = heard.preview ?? job.preview
    tell(job, localProgress(job, { ...job.progress, preview }, event.id))
  }
  if (job.progress) job.preview = heard.preview ?? job.preview
  const standing = standingOf(job, row, heard.estimate)
  const hasChanged = !isNew && !isSame(job.told, standing)
  job.told = standing
  const isOver = row.finishedAt !== null
  const status = { kind: 'status', id: job.place, jobId: job.id, standing } as const
  if (hasChanged && !isOver) tell(job, status)
  job.isTouched = false
  for (const watcher of job.watchers) {
    if (watcher.hasBegun || !(watcher.isExpected || isOver)) continue
    watcher.hasBegun = true
    begin(watcher, job, row, heard.events)
    if (watcher.after !== undefined && !isOver) watcher.mailbox.put(status)
  }
  if (isOver) {
    for (const { mailbox } of job.watchers) {
      mailbox.put({ kind: 'ended', row })
      mailbox.end()
    }
  }
  return isOver
}

/** What is heard of a job outside of queue and database: at once, and of no place in a stream. */
export function tellFraction(job: WatchedJob, fraction: number): void {
  const { row } = job
  if (!row || row.provider === 'local-sdxl' || job.told === undefined) return
  job.progress = { fraction: Math.min(1, Math.max(0, fraction)), estimatedSeconds: undefined }
  const { provider } = row
  tell(job, { kind: 'progress', id: undefined, jobId: job.id, provider, progress: job.progress })
}

function take(job: WatchedJob, { type, data }: JobEvent, now: number): void {
  switch (type) {
    case 'progress': {
      job.progress = job.pace.heard(data, now) ?? job.progress
      return
    }
    case 'active':
      forgetTry(job)
      job.isTaken = true
      return
    case 'queued':
    case 'delayed':
    case 'stalled':
      forgetTry(job)
      job.isTaken = false
      return
    // Whether that is the end of the job, or another provider goes on with it, its row alone tells.
    case 'completed':
    case 'failed':
    case 'cancelled':
      job.staleUntil = now + STALE_MS
  }
}

function forgetTry(job: WatchedJob): void {
  job.progress = undefined
  job.preview = undefined
  job.pace = createPace()
  job.isTaken = undefined
}

function standingOf(
  { inLine, isTaken, progress }: WatchedJob,
  row: WatchedRow,
  estimate: EstimateWait | undefined,
): Standing {
  const { status, provider } = row
  const isLocal = provider === 'local-sdxl'
  if (status === 'queued' && isLocal && !isTaken) {
    const estimatedSeconds = inLine && estimate?.(row, inLine)
    return { status, provider, position: inLine?.position, estimatedSeconds }
  }
  // Back in the queue, which tells no place.
  if (status === 'processing' && isLocal && isTaken === false) {
    return { status: 'queued', provider, position: undefined, estimatedSeconds: undefined }
  }
  const isBegun = status === 'queued' && isTaken === true
  const estimatedSeconds = progress?.estimatedSeconds
  return { status: isBegun ? 'processing' : status, provider, position: 0, estimatedSeconds }
}

const isSame = (one: Standing | undefined, other: Standing): boolean =>
  one?.status === other.status && one.provider === other.provider && one.position === other.position

/** With what it missed where that is all kept, else with all that is known now. */
function begin(
  { mailbox, after }: Watcher,
  job: WatchedJob,
  row: WatchedRow,
  history: readonly JobEvent[],
): void {
  const { place: id, preview, told: standing } = job
  const seen = after === undefined ? -1 : history.findIndex((event) => event.id === after)
  if (!standing) throw new Error(`nothing is known of job ${job.id}`)
  if (seen < 0) {
    const progress = job.progress && { ...job.progress, preview }
    mailbox.put({ kind: 'snapshot', id, row, standing, progress })
    return
  }
  // Timed by the stream, which was not heard as it came: only how far it was is told.
  const pace = createPace()
  for (const event of history.slice(seen + 1)) {
    const missed = event.type === 'progress' ? pace.heard(event.data, 0) : undefined
    if (!missed) continue
    mailbox.put(localProgress(job, { ...missed, estimatedSeconds: undefined }, event.id))
  }
}

/** Of our workers, who alone write to the queue's streams. */
const localProgress = ({ id: jobId }: WatchedJob, progress: JobProgress, id: string): JobNews => ({
  kind: 'progress',
  id,
  jobId,
  provider: 'local-sdxl',
  progress,
})

/** To those who have been told the beginning. What outdates what they have not read yet stands in its place. */
function tell({ watchers }: WatchedJob, news: JobNews): void {
  for (const { hasBegun, mailbox } of watchers) {
    if (hasBegun) mailbox.put(news, (older) => older.kind === news.kind)
  }
}
