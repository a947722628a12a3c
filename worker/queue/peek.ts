/** `peek`: everything about one job, without what its owner wrote. */
import {
  type DeadLetter,
  type FoundWaiting,
  type Glance,
  type JobRecord,
  type JobStatus,
  type Queue,
  readFailure,
  readPayload,
  readResult,
  unwrap,
} from '#contract'
import { scrub } from '#platform/scrub.ts'
import { unknownJob } from './unknown-job.ts'
import { withhold, withoutQueries } from './withhold.ts'

export interface Sight {
  readonly id: string
  /** Undefined for one that nobody has taken yet. */
  readonly job?: Glance & { readonly duplicates: number }
  readonly waiting?: { readonly lane: string; readonly ahead: number }
  readonly failure?: { readonly code: string; readonly message: string }
  readonly letter?: Omit<DeadLetter, 'raw'>
  /** Why its last attempt failed, where it has another. */
  readonly lastFailure?: string
  /** What its engine last said. */
  readonly progress?: unknown
  readonly result?: unknown
  readonly payload?: Payload
}

export interface Payload {
  readonly bytes: number
  /** The mode of the job that is read from it, or why none is. */
  readonly reads: string
  readonly content: unknown
}

/** Throws `not-found`. */
export async function peek(
  queue: Queue,
  { name, showsContent }: { readonly name: string; readonly showsContent: boolean },
): Promise<Sight> {
  const letter = await queue.dead.find(name)
  const id = letter?.id ?? name
  const isUnreadable = letter !== undefined && letter.id === undefined
  const record = isUnreadable ? undefined : await queue.job(id)
  const [glance] = isUnreadable ? [] : await queue.byHand.glance([id])
  // What runs or waits out a backoff lies in no lane, but for copies that nobody will run.
  const mayWait = !isUnreadable && record?.status !== 'active' && record?.status !== 'delayed'
  const waiting = mayWait ? await queue.byHand.findWaiting(id) : undefined
  if (!letter && !record && !waiting) throw unknownJob(id)
  const raw = record?.raw ?? waiting?.raw ?? letter?.raw
  const read = (text: string) => withhold(parsed(text), { showsContent })
  return {
    id,
    ...(record && glance && { job: { ...glance, duplicates: record.duplicates } }),
    ...(waiting && { waiting: placeOf(waiting) }),
    ...failureOf(record),
    ...(letter && { letter: withoutRaw(letter) }),
    ...(record && !isEnd(record.status) && (await toldOf(queue, id, read))),
    ...(record?.result !== undefined && { result: read(record.result) }),
    ...(raw !== undefined && { payload: payloadOf(raw, showsContent) }),
  }
}

const placeOf = ({ lane, ahead }: FoundWaiting) => ({ lane, ahead })

const withoutRaw = ({ raw: _, ...letter }: DeadLetter) => letter

/** The sentence that its worker left, else that of its kind. */
function failureOf(record: JobRecord | undefined): Pick<Sight, 'failure'> {
  if (record?.status !== 'failed') return {}
  const { code, message } = readFailure(readResult(record.result ?? ''), record.code ?? '')
  return { failure: { code, message: scrub(message) } }
}

const isEnd = (status: JobStatus) =>
  status === 'completed' || status === 'failed' || status === 'cancelled'

/** What its events say that its record does not. */
async function toldOf(
  queue: Queue,
  id: string,
  read: (text: string) => unknown,
): Promise<Pick<Sight, 'lastFailure' | 'progress'>> {
  const events = await queue.events(id)
  const began = events.findLastIndex(({ type }) => type === 'active')
  const last = events.slice(began + 1).findLast(({ type }) => type === 'progress')
  const failed = events.findLast(({ type, data }) => type === 'delayed' && data !== '')
  return {
    ...(failed && { lastFailure: failed.data }),
    ...(last && { progress: read(last.data) }),
  }
}

function payloadOf(raw: string, showsContent: boolean): Payload {
  const unwrapped = unwrap(raw)
  const reads = readingOf(raw)
  const bytes = Buffer.byteLength(raw)
  if ('payload' in unwrapped) {
    return { bytes, reads, content: withhold(unwrapped.payload, { showsContent }) }
  }
  const start = withoutQueries(raw.slice(0, MOST_SHOWN))
  return { bytes, reads, content: showsContent ? start : '[hidden]' }
}

/** Of what is no JSON, about a screen. */
const MOST_SHOWN = 2_000

/** Nothing in it quotes the payload. */
function readingOf(raw: string): string {
  const reading = readPayload(raw)
  switch (reading.kind) {
    case 'job':
      return `${reading.job.mode}${reading.ignored.length > 0 ? `, ignoring ${reading.ignored.length} of its settings` : ''}`
    case 'refused':
      return `refused: ${reading.problems.map(scrub).join('; ')}`
    case 'unnamed':
      return 'a job without an id'
    case 'unreadable':
      return `unreadable: ${reading.reason}`
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
