/** Sends a job to a provider, once: the database knows of it before the provider can, and whatever is unclear is asked. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#contract'
import { afterFailure } from '../routing/fallback.ts'
import { markSending } from '../store/attempts.ts'
import { learnRef, noteComposed, putOff } from '../store/remote-attempts.ts'
import { hashOfToken, tokenOf, webhookUrlOf } from './attempt-token.ts'
import { cameToNothing } from './came-to-nothing.ts'
import { type Care, careTimes, remainingOf } from './care.ts'
import { findSubmitted } from './find-submitted.ts'
import { orderFor } from './order-for.ts'

export async function submitAttempt(care: Care): Promise<void> {
  const { attempt, provider, parts, signal } = care
  const { database, routing, log } = parts
  const { jobId } = attempt
  const restMs = routing.restOf(provider.name)
  if (restMs > 0) return await waitForRest(care, restMs)
  const times = careTimes(parts)
  const since = new Date((parts.now ?? Date.now)())
  let isSending = false
  /** Undefined while the order is put together, which costs nothing. */
  let isOrdering: boolean | undefined
  try {
    const ref = await routing.run(provider.name, async () => {
      const tokenHash = hashOfToken(tokenOf(attempt.id, parts.secret))
      isSending = await markSending(database, attempt.id, { tokenHash, lookAgainMs: times.lease })
      if (!isSending) return undefined
      log.info('submitted', { jobId, provider: provider.name, attempt: attempt.n })
      return await provider.submit(orderFor(care), {
        webhookUrl: webhookUrlOf(attempt, parts),
        remainingMs: remainingOf(care) ?? times.mostRemote,
        async onComposed(composed) {
          isOrdering = await noteComposed(database, attempt.id, composed)
          if (!isOrdering) throw new Failure('cancelled', 'Nobody wants it from here any more.')
        },
        // Not this gateway's end: what was sent halfway is paid for, and is nobody's.
        signal: new AbortController().signal,
      })
    })
    // Without one, another gateway has it, or it is not wanted any more.
    if (ref !== undefined) await keepRef(care, ref)
  } catch (error) {
    // Another gateway orders it, or nobody wants it any more.
    if (isOrdering === false) return
    // This gateway ends before it has ordered: another begins again.
    if (!isOrdering) signal.throwIfAborted()
    if (!(error instanceof Failure)) log.error('submit threw', { jobId, error })
    else if (error.code === 'database-unavailable') throw error
    else if (!isSending) return await cameToNothing(care, { failure: error, isLeftAlone: true })
    else if (error.code !== 'provider-ambiguous')
      return await cameToNothing(care, { failure: error })
    await reconcile(care, since)
  }
}

/** Another job was told to come later. This one is told so by us, and the provider is spared. */
async function waitForRest(care: Care, restMs: number): Promise<void> {
  const { attempt, provider, parts } = care
  const message = `${provider.name} wants fewer requests. It is asked again later.`
  const failure = new Failure('provider-throttled', message)
  const { step } = afterFailure(failure.code, {
    ...{ provider: provider.name, attemptsHere: 1 },
    ...{ remainingMs: remainingOf(care), atLeastMs: restMs },
  })
  if (step === 'again') await putOff(parts.database, attempt.id, restMs)
  else await cameToNothing(care, { failure, isLeftAlone: true })
}

/** For a request of which only the provider knows whether it came: it is asked for a while, and then given up. */
export async function reconcile(care: Care, since: Date): Promise<void> {
  const { attempt, provider, parts } = care
  const found = await findSubmitted(care, since)
  if (found === 'known') return
  if (found !== undefined) return await keepRef(care, found)
  const about = { jobId: attempt.jobId, provider: provider.name, attempt: attempt.n }
  parts.log.warn('possible double cost', about)
  const message = `Whether ${provider.name} took the job is not known, and it cannot tell.`
  await cameToNothing(care, { failure: new Failure('provider-ambiguous', message) })
}

/** The provider has it: nothing is more costly to forget. */
async function keepRef({ attempt, parts }: Care, ref: string): Promise<void> {
  const { database, onChanged } = parts
  const lookAgainMs = careTimes(parts).firstLook
  for (let wait = 100; ; wait *= 2) {
    try {
      await learnRef(database, { id: attempt.id, ref, lookAgainMs })
      onChanged?.(attempt.jobId)
      return
    } catch (error) {
      const isAway = error instanceof Failure && error.code === 'database-unavailable'
      if (!isAway || wait > LONGEST_WAIT_MS) throw error
    }
    await sleep(wait)
  }
}

const LONGEST_WAIT_MS = 5_000
