/** Makes a request a job, or says why not: read, screened, planned, given to a provider, and kept, in this order. */
import { v7 as uuidv7 } from 'uuid'
import { type Job, type Mode, type Planned, plan } from '#contract'
import { noSpan, type Span } from '#platform/tracing/span.ts'
import type { Caller } from '../callers/caller.ts'
import type { Database } from '../database/database.ts'
import { fingerprint } from '../requests/fingerprint.ts'
import type { JobRequest } from '../requests/job-request.ts'
import { classOf, sizeOf } from '../requests/size-of.ts'
import { requireStorable } from '../requests/storable.ts'
import { toJob } from '../requests/to-job.ts'
import { jobById } from '../store/find-jobs.ts'
import { createInsertJob, jobOfKey } from '../store/insert-job.ts'
import type { JobRow, Surface } from '../store/job-row.ts'
import { type Admit, type AdmitParts, createAdmit } from '../trust/admit.ts'
import type { Choice, Choose } from './choose.ts'
import { createLine } from './line.ts'

export interface AcceptParts extends AdmitParts {
  readonly database: Database
  readonly choose: Choose
  /** What the picture should not show: the caller's words and the operator's, as one text. */
  readonly composeNegative: (asked: {
    readonly mode: Mode
    readonly contentMode: Job['contentMode']
    readonly hasReference: boolean
    readonly own: string | null
  }) => Promise<{ readonly text: string | null }>
  /** For requests that name none; undefined where no other provider could take over. */
  readonly defaultDeadlineMs?: number | undefined
  /** Told of each job that is new, so that it is looked after at once. */
  readonly onAccepted?: (row: JobRow) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export interface Asking {
  readonly caller: Caller
  readonly surface: Surface
  readonly idempotencyKey?: string | undefined
  /** Throws where the caller may not have so many images now; 0 for a job that was accepted before. */
  readonly allow?: ((images: number) => Promise<void>) | undefined
  /** Of the request; absent where nobody traces. */
  readonly trace?: (() => Span) | undefined
}

export interface Accepted {
  readonly row: JobRow
  /** Its Idempotency-Key is known: this is the job that it made. */
  readonly replayed: boolean
  /** In the line for our workers, from 1; 0 where it does not wait in it. */
  readonly position: number
  readonly estimatedSeconds: number | undefined
}

export interface Previewed {
  readonly job: Job
  readonly planned: Planned
  /** Who would run it, or why nobody can now. */
  readonly choice: Choice
}

export interface Accept {
  /**
   * Throws the codes of `toJob`, what `createAdmit` says, `no-provider` and such from routing, `idempotency-conflict`,
   * and `database-unavailable`.
   */
  readonly accept: (request: JobRequest, asking: Asking) => Promise<Accepted>
  /** The same values, and nothing is kept. */
  readonly preview: (request: JobRequest, asking: Pick<Asking, 'caller'>) => Promise<Previewed>
}

export function createAccept(parts: AcceptParts): Accept {
  const { database, onAccepted } = parts
  const preparing = { ...parts, admit: createAdmit(parts) }
  const line = createLine(database, parts.now)
  const insertJob = createInsertJob(database)
  return {
    async accept(request, asking) {
      const { caller, surface, idempotencyKey: key, allow, trace = () => noSpan } = asking
      requireStorable(request)
      const { tenant, userId } = caller
      const idempotency = key === undefined ? undefined : { key, fingerprint: fingerprint(request) }
      // Before anything else, for what was accepted once is not refused now.
      const known = idempotency && (await jobOfKey(database, caller, idempotency))
      await allow?.(known === undefined ? (request.num_images ?? 1) : 0)
      if (known !== undefined) return await replay(known, database)

      const span = trace()
      const { planned, choice, ...prepared } = await span.during('screen and plan', () =>
        prepare(request, { caller, surface }, preparing),
      )
      const { traceparent } = span
      const job = traceparent ? { ...prepared.job, traceparent } : prepared.job
      if ('failure' in choice) throw choice.failure
      const { provider, notes, because: reason, estimatedSeconds } = choice
      const only = request.provider
      const jobClass = classOf(job, planned)
      // Those of one moment stand in line by their ids: these go up with time.
      const attemptId = uuidv7()
      const given = {
        tenant,
        userId,
        job,
        planned,
        class: jobClass,
        surface,
        provider,
        notes,
        attemptId,
        reason,
        onlyProvider: only,
        idempotency,
      }
      const inserted = await span.during('insert', () => insertJob(given))
      if (inserted.kind === 'replayed') return await replay(inserted.id, database)
      span.set({ 'i2i.job.id': job.id, 'i2i.job.mode': job.mode, 'i2i.provider': provider })
      const row: JobRow = {
        id: job.id,
        tenant,
        userId,
        status: 'queued',
        mode: job.mode,
        class: jobClass,
        job,
        planned,
        surface,
        provider,
        onlyProvider: only ?? null,
        notes,
        reason,
        tried: [],
        result: null,
        failure: null,
        attemptId,
        wonAttempt: null,
        cancelAsked: false,
        createdAt: inserted.createdAt,
        deadlineAt: job.deadlineAt === undefined ? null : new Date(job.deadlineAt),
        startedAt: null,
        finishedAt: null,
        purgedAt: null,
      }
      onAccepted?.(row)
      const position = provider === 'local-sdxl' ? await line.join() : 0
      return { row, replayed: false, position, estimatedSeconds }
    },
    async preview(request, { caller }) {
      requireStorable(request)
      return await prepare(request, { caller, isTrial: true }, preparing)
    },
  }
}

interface Preparing {
  readonly caller: Caller
  readonly surface?: Surface
  readonly isTrial?: boolean
}

async function prepare(
  request: JobRequest,
  { caller, surface, isTrial = false }: Preparing,
  parts: AcceptParts & { readonly admit: Admit },
): Promise<Previewed> {
  const { admit, choose, composeNegative, defaultDeadlineMs, now = Date.now } = parts
  const at = now()
  const read = toJob(request, { caller, now: at, defaultDeadlineMs })
  const statement = request.reference_consent?.statement
  const held = await admit(read, { caller, surface, statement })
  const job = held.mode === 'copy' ? held : await withNegative(held, composeNegative)
  const planned = plan(job.mode, job.asked, job.asked.seed ?? 0)
  const choice = choose(
    { job, planned, size: sizeOf(job) },
    {
      tried: [],
      only: request.provider,
      remainingMs: job.deadlineAt === undefined ? undefined : job.deadlineAt - at,
      isTrial,
    },
  )
  return { job, planned, choice }
}

async function withNegative(job: Job, compose: AcceptParts['composeNegative']): Promise<Job> {
  const { mode, contentMode, reference, asked } = job
  const own = asked.negativePrompt ?? null
  const { text } = await compose({ mode, contentMode, hasReference: reference !== undefined, own })
  return { ...job, asked: { ...asked, negativePrompt: text } }
}

async function replay(id: string, database: Database): Promise<Accepted> {
  const row = await jobById(database, id)
  if (!row) throw new Error(`job ${id} of an idempotency key is gone`)
  return { row, replayed: true, position: 0, estimatedSeconds: undefined }
}
