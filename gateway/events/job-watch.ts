/**
 * Watches jobs for everybody in this process: however many wait for news, the queue and the database are asked once a
 * look, and of those jobs alone that somebody watches.
 */
import type { JobEvent, Queue } from '#contract'
import { type Repeated, repeat } from '#platform/repeat.ts'
import type { Sql } from '../database/database.ts'
import type { JobNews } from './job-news.ts'
import { mayBeSeen, previewsOf } from './previews.ts'
import {
  addWatcher,
  type EstimateWait,
  isAtWorkers,
  markOfJob,
  newJob,
  takePlace,
  takeRow,
  tellAll,
  tellFraction,
  type WatchedJob,
  type Watcher,
  waitsInLine,
} from './watched-job.ts'
import { changedRows, placesOf } from './watched-rows.ts'

export interface JobWatchParts {
  readonly database: Sql
  readonly queue: Pick<Queue, 'eventsOf'>
  /** Undefined: nobody is shown what is being drawn. */
  readonly previews?: Queue['previews'] | undefined
  /** Seconds until a job in line is done; undefined where nobody can tell. */
  readonly estimate?: EstimateWait
  /** The queue or the database is away: what is known is told until they are back. */
  readonly onError: (error: unknown) => void
  readonly times?: Partial<WatchTimes>
  /** Milliseconds. */
  readonly now?: () => number
}

/** In ms. */
export interface WatchTimes {
  /** Between two looks at the queue, for jobs that our workers have; 250. */
  readonly events: number
  /** Between two looks at all rows, for what other processes change; 1,000. */
  readonly rows: number
  /** Between two counts of the line; 2,000. */
  readonly line: number
}

export interface JobWatch extends AsyncDisposable {
  /**
   * A snapshot, or what came after the event `after` where all of that is kept, then what happens; the job's end is
   * last. Nothing of a job that is not there. Ends without an end when `signal` is aborted.
   */
  readonly watch: (
    id: string,
    options: { readonly after?: string | undefined; readonly signal: AbortSignal },
  ) => AsyncIterable<JobNews>
  /** Something in this process has changed the job: it is looked at now. */
  readonly nudge: (id: string) => void
  /** How far another provider is, from 0 to 1. */
  readonly tell: (id: string, fraction: number) => void
  /** Jobs that are watched. */
  readonly count: () => number
}

const defaultTimes: WatchTimes = { events: 250, rows: 1_000, line: 2_000 }

export function createJobWatch(parts: JobWatchParts): JobWatch {
  const { database, queue, estimate, onError, now = () => performance.now() } = parts
  const times = { ...defaultTimes, ...parts.times }
  const jobs = new Map<string, WatchedJob>()
  const newcomers: { readonly watcher: Watcher; readonly job: WatchedJob }[] = []
  let rowsAt = Number.NEGATIVE_INFINITY
  let lineAt = Number.NEGATIVE_INFINITY

  const readRows = async () => {
    const isAll = now() - rowsAt >= times.rows
    const asked = [...jobs.values()].filter(
      ({ isStale, staleUntil }) => isAll || isStale || staleUntil > now(),
    )
    if (asked.length === 0) return
    // Before it is asked, so that what changes meanwhile is asked about again.
    for (const job of asked) job.isStale = false
    try {
      const known = asked.map((job) => ({ id: job.id, mark: markOfJob(job) }))
      const rows = await changedRows(database, known)
      for (const row of rows) {
        const job = jobs.get(row.id)
        if (job) takeRow(job, row)
      }
      if (isAll) rowsAt = now()
      for (const job of asked) if (!job.row) dismiss(job, jobs)
    } catch (error) {
      for (const job of asked) job.isStale = true
      throw error
    }
  }

  const readLine = async () => {
    const waiting = [...jobs.values()].filter(waitsInLine)
    const isNew = waiting.some(({ inLine }) => inLine === undefined)
    if (waiting.length === 0 || now() - lineAt < (isNew ? times.events : times.line)) return
    lineAt = now()
    const ids = waiting.map(({ id }) => id)
    for (const place of await placesOf(database, ids)) {
      const job = jobs.get(place.jobId)
      if (job) takePlace(job, place)
    }
  }

  const readEvents = async (): Promise<ReadonlyMap<string, readonly JobEvent[]>> => {
    const asked = [...jobs.values()].flatMap((job) => {
      const { wantsHistory } = job
      job.wantsHistory = false
      if (wantsHistory) return [{ id: job.id }]
      return isAtWorkers(job) ? [{ id: job.id, after: job.place }] : []
    })
    return asked.length === 0 ? new Map() : await queue.eventsOf(asked)
  }

  const readPreviews = async (events: ReadonlyMap<string, readonly JobEvent[]>) => {
    const drawn = [...jobs.values()].filter(
      ({ id, row }) =>
        row && mayBeSeen(row.job) && events.get(id)?.some(({ type }) => type === 'progress'),
    )
    return await previewsOf(
      drawn.map(({ id }) => id),
      parts.previews,
    )
  }

  const look = async () => {
    for (const { watcher, job } of newcomers.splice(0)) {
      watcher.isExpected = true
      job.isTouched = true
    }
    if (jobs.size === 0) return
    await readRows()
    const [events] = await Promise.all([
      readEvents().catch((error) => {
        onError(error)
        return new Map<string, readonly JobEvent[]>()
      }),
      readLine().catch(onError),
    ])
    const previews = await readPreviews(events).catch((error) => {
      onError(error)
      return new Map<string, string>()
    })
    for (const job of jobs.values()) {
      const news = events.get(job.id) ?? []
      if (!job.row || !(job.isTouched || news.length > 0)) continue
      const heard = { events: news, now: now(), estimate, preview: previews.get(job.id) }
      if (tellAll(job, job.row, heard)) jobs.delete(job.id)
    }
  }
  const looking: Repeated = repeat(look, { every: times.events, onError })

  async function* watch(
    id: string,
    { after, signal }: { readonly after?: string | undefined; readonly signal: AbortSignal },
  ): AsyncGenerator<JobNews, void> {
    if (signal.aborted) return
    const job = jobs.get(id) ?? newJob(id)
    jobs.set(id, job)
    const watcher = addWatcher(job, after)
    newcomers.push({ watcher, job })
    looking.nudge()
    const end = () => watcher.mailbox.end()
    signal.addEventListener('abort', end, { once: true })
    try {
      yield* watcher.mailbox
    } finally {
      signal.removeEventListener('abort', end)
      leave(watcher, job, jobs)
    }
  }

  return {
    watch,
    nudge(id) {
      const job = jobs.get(id)
      if (!job) return
      job.isStale = true
      looking.nudge()
    },
    tell(id, fraction) {
      const job = jobs.get(id)
      if (job) tellFraction(job, fraction)
    },
    count: () => jobs.size,
    async [Symbol.asyncDispose]() {
      for (const job of jobs.values()) dismiss(job, jobs)
      await looking[Symbol.asyncDispose]()
    },
  }
}

function dismiss(job: WatchedJob, jobs: Map<string, WatchedJob>): void {
  for (const { mailbox } of job.watchers) mailbox.end()
  jobs.delete(job.id)
}

function leave(watcher: Watcher, job: WatchedJob, jobs: Map<string, WatchedJob>): void {
  job.watchers.delete(watcher)
  // One of the same id may have come since.
  if (job.watchers.size === 0 && jobs.get(job.id) === job) jobs.delete(job.id)
}
