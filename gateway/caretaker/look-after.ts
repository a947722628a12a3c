/** Looks at what a provider has in hand: goes on waiting, takes what is done, and ends what nobody wants any more. */
import { Failure, failureTable } from '#contract'
import type { RemoteState } from '../providers/provider.ts'
import { atLeastMs } from '../providers/retry-after.ts'
import { markRunning } from '../store/attempts.ts'
import { markLetGo, putOff } from '../store/remote-attempts.ts'
import { type Ending, settle } from '../store/settle.ts'
import { cameToNothing } from './came-to-nothing.ts'
import { ageOf, type Care, careTimes, remainingOf } from './care.ts'
import { stopRemote } from './stop-remote.ts'
import { takeDone } from './take-done.ts'
import { traceAttempt } from './trace-attempt.ts'

export async function lookAfter(care: Care, ref: string): Promise<void> {
  const { attempt, row, provider, parts, signal } = care
  if (row.cancelAsked) return await endEarly(care, ref, { status: 'cancelled' })
  const remainingMs = remainingOf(care)
  if (remainingMs !== undefined && remainingMs <= 0) return await endEarly(care, ref, TOO_LATE)
  if (ageOf(care) > careTimes(parts).mostRemote) {
    await stopRemote(care, ref)
    const message = `${provider.name} did not end the job, and was told to stop.`
    return await cameToNothing(care, { failure: new Failure('provider-failed', message) })
  }
  let state: RemoteState
  try {
    state = await provider.look(ref, signal)
  } catch (error) {
    signal.throwIfAborted()
    // Whatever it is, the provider may still be at it.
    parts.log.warn('not looked at', { jobId: row.id, provider: provider.name, error })
    return await later(care, atLeastMs(error))
  }
  if (state.kind === 'done') return await takeDone(care, state)
  if (state.kind === 'failed' || state.kind === 'cancelled') return await overThere(care, state)
  if (state.kind === 'running') {
    if (attempt.state !== 'running') {
      await markRunning(parts.database, attempt.id)
      parts.onChanged?.(row.id)
    }
    if (state.progress !== undefined) parts.onProgress?.(row.id, state.progress)
  }
  await later(care)
}

const TOO_LATE: Ending = {
  ...{ status: 'failed', code: 'deadline-expired' },
  message: failureTable['deadline-expired'].meaning,
}

/** It is told to stop; that it does not say so keeps nobody waiting for long. */
async function endEarly(care: Care, ref: string, ending: Ending): Promise<void> {
  const { attempt, row, parts } = care
  const { database, onChanged, log } = parts
  const state = await stopRemote(care, ref)
  // It was done before it heard of it, and late is better than never; but not for who wants it no more.
  if (state?.kind === 'done' && ending.status !== 'cancelled') return await takeDone(care, state)
  const costMicros = state && 'costMicros' in state ? state.costMicros : undefined
  const answer = await settle(database, attempt, {
    ...ending,
    ...(costMicros !== undefined && { costMicros }),
  })
  traceAttempt(care, ending.status, 'code' in ending ? ending.code : undefined)
  if (state !== undefined) await markLetGo(database, attempt.id)
  if (answer === 'settled') {
    log.info('settled', { jobId: row.id, status: ending.status, provider: attempt.provider })
  }
  onChanged?.(row.id)
}

type Over = Extract<RemoteState, { readonly kind: 'failed' | 'cancelled' }>

async function overThere(care: Care, state: Over): Promise<void> {
  const { attempt, provider, parts } = care
  const message = `${provider.name} ended the job before it was done.`
  const failure = state.kind === 'failed' ? state.failure : new Failure('provider-failed', message)
  // One that we or its own deadline ended says nothing of the provider.
  if (state.kind === 'failed') parts.routing.heard(provider.name, failure)
  await cameToNothing(care, { failure, costMicros: state.costMicros })
  await markLetGo(parts.database, attempt.id)
}

/** Longer and longer, but not beyond the deadline. */
async function later(care: Care, leastMs = 0): Promise<void> {
  const { attempt, parts } = care
  const times = careTimes(parts)
  const longest = parts.publicUrl ? times.longestLookWithWebhook : times.longestLook
  const grown = Math.min(longest, times.firstLook * GROWTH ** attempt.looks)
  const remainingMs = remainingOf(care) ?? Number.POSITIVE_INFINITY
  const waitMs = Math.max(0, Math.min(Math.max(leastMs, grown), remainingMs))
  await putOff(parts.database, attempt.id, waitMs)
}

const GROWTH = 1.5
