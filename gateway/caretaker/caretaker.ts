/**
 * Looks after the attempts of all providers but our own workers, from the request to the picture. Everything it knows is
 * in the database, so that any gateway goes on where another was killed; many run at a time.
 */
import { Failure } from '#contract'
import { repeat } from '#platform/repeat.ts'
import { goOn, isOver } from '../jobs/go-on.ts'
import { attemptsDue, lookAgain } from '../store/attempts.ts'
import { jobById } from '../store/find-jobs.ts'
import { type AttemptRow, providerNames } from '../store/job-row.ts'
import { attemptsToLetGo, putOff, takeBack } from '../store/remote-attempts.ts'
import { settle } from '../store/settle.ts'
import { cameToNothing } from './came-to-nothing.ts'
import { type CareParts, careTimes, remainingOf } from './care.ts'
import { letGo } from './let-go.ts'
import { lookAfter } from './look-after.ts'
import { reconcile, submitAttempt } from './submit-attempt.ts'

export interface Caretaker extends AsyncDisposable {
  /** Something may be due: a job was accepted for a provider, or a webhook has come. */
  readonly nudge: () => void
  /** An attempt whose job's caller wants it no more, or that something is known of, is looked after at once. */
  readonly lookAtOnce: (attempt: Pick<AttemptRow, 'id'>) => Promise<void>
  /** Attempts that this gateway has in hand, each under a lease. */
  readonly count: () => number
}

/** Attempts in hand at a time, in one gateway. */
const MOST_IN_HAND = 32
const remotes = providerNames.filter((name) => name !== 'local-sdxl')

/** Disposed of, it lets go of everything at its next step, but for requests that are on their way. */
export function startCaretaker(parts: CareParts): Caretaker {
  const { database, log } = parts
  const times = careTimes(parts)
  const stopping = new AbortController()
  const inHand = new Map<string, { isWanted: boolean; readonly ended: Promise<void> }>()

  const take = (attempt: AttemptRow, work: typeof careFor) => {
    const { id, jobId } = attempt
    const held = inHand.get(id)
    if (held) {
      held.isWanted = true
      return
    }
    const ended = work(attempt, parts, stopping.signal)
      .catch((error) => {
        if (!stopping.signal.aborted) log.error('care failed', { jobId, error })
      })
      .then(async () => {
        const isWanted = inHand.get(id)?.isWanted
        inHand.delete(id)
        if (isWanted || stopping.signal.aborted) await lookAgain(database, id, 0).catch(() => {})
        if (isWanted) loop.nudge()
      })
    inHand.set(id, { isWanted: false, ended })
  }
  const look = async () => {
    for (const [find, work] of [
      [attemptsDue, careFor],
      [attemptsToLetGo, clearUp],
    ] as const) {
      const count = MOST_IN_HAND - inHand.size
      if (count <= 0 || stopping.signal.aborted) return
      const options = { providers: remotes, count, leaseMs: times.lease }
      for (const attempt of await find(database, options)) take(attempt, work)
    }
  }
  const onError = (error: unknown) => log.warn('attempts not looked after', { error })
  const renew = async () => {
    for (const id of inHand.keys()) await putOff(database, id, times.lease)
  }
  const loop = repeat(look, { every: times.every, onError })
  const renewing = repeat(renew, { every: times.lease / 4, onError })
  return {
    nudge: loop.nudge,
    count: () => inHand.size,
    async lookAtOnce({ id }) {
      await lookAgain(database, id, 0)
      loop.nudge()
    },
    async [Symbol.asyncDispose]() {
      stopping.abort(new Failure('shutting-down', 'The gateway is about to end.'))
      await loop[Symbol.asyncDispose]()
      await Promise.all([...inHand.values()].map(({ ended }) => ended))
      await renewing[Symbol.asyncDispose]()
    },
  }
}

async function careFor(attempt: AttemptRow, parts: CareParts, signal: AbortSignal): Promise<void> {
  const { database } = parts
  const row = await jobById(database, attempt.jobId)
  if (!row || isOver(row)) return
  const provider = parts.providers.find(({ name }) => name === attempt.provider)
  if (!provider) {
    const message = `${attempt.provider} is configured no more, and had the job.`
    const code = 'provider-unavailable'
    await goOn(
      { attempt, state: 'failed', code, message },
      { ...parts, choose: parts.routing.choose },
    )
    return
  }
  const care = { attempt, row, provider, parts, signal }
  if (attempt.ref !== null) return await lookAfter(care, attempt.ref)
  if (attempt.state === 'waiting' || (await takeBack(database, attempt.id))) {
    if (row.cancelAsked) {
      await settle(database, attempt, { status: 'cancelled' })
      return parts.onChanged?.(row.id)
    }
    const remainingMs = remainingOf(care)
    if (remainingMs === undefined || remainingMs > 0) return await submitAttempt(care)
    const failure = new Failure('deadline-expired', 'The job was not done by its deadline.')
    return await cameToNothing(care, { failure })
  }
  await reconcile(care, attempt.sentAt ?? attempt.createdAt)
}

async function clearUp(attempt: AttemptRow, parts: CareParts, signal: AbortSignal): Promise<void> {
  const row = await jobById(parts.database, attempt.jobId)
  const provider = parts.providers.find(({ name }) => name === attempt.provider)
  if (!row || !provider || attempt.ref === null) return
  await letGo({ attempt, row, provider, parts, signal }, attempt.ref)
}
