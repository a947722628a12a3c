/** How a gateway ends: in the order in which nobody notices. */
import { setTimeout as delay } from 'node:timers/promises'
import type { EventStreams } from './events/event-streams.ts'
import type { Listening } from './http/listen.ts'

export interface DrainParts {
  readonly door: Listening
  readonly eventStreams: Pick<EventStreams, 'drain'>
  /** Aborted when who waits for a job is to be answered. */
  readonly leaving: AbortController
  /** Aborted once all requests are answered. */
  readonly ending: AbortController
}

export interface DrainTimes {
  /** Until nobody sends requests any more, for those in front of us have heard that we are not ready. */
  readonly delayMs: number
  /** Then, for requests to be answered. */
  readonly mostMs: number
}

/** Of the time to drain, for answers to those who wait for a job. */
const LAST_ANSWERS_MS = 2_000

/** @param kill aborted: nothing more is waited for, and what is open is cut off. */
export async function drained(
  { door, eventStreams, leaving, ending }: DrainParts,
  { delayMs, mostMs }: DrainTimes,
  kill: AbortSignal,
): Promise<'drained' | 'overrun'> {
  await pause(delayMs, kill)
  const cutOff = () => void door.close(0)
  kill.addEventListener('abort', cutOff, { once: true })
  const closing = door.close(kill.aborted ? 0 : mostMs)
  void eventStreams.drain()
  // Those who wait for a job are told in time that it goes on without them.
  const over = AbortSignal.any([kill, ending.signal])
  void pause(mostMs - LAST_ANSWERS_MS, over).then(() => leaving.abort())
  const outcome = await closing
  // What a slow receiver has not taken by then is still owed, and another gateway sends it.
  ending.abort()
  return outcome === 'answered' && !kill.aborted ? 'drained' : 'overrun'
}

/** However little it is, others have their turn. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(0, milliseconds), undefined, { signal }).catch(() => {})
}
