/** Tells a provider to stop, and waits a moment for its word that it has. */
import { setTimeout as sleep } from 'node:timers/promises'
import { within } from '#platform/within.ts'
import type { RemoteState } from '../providers/provider.ts'
import { type Care, careTimes } from './care.ts'

const EVERY_MS = 250

/** @returns how it ended; undefined where the provider did not say so in time. */
export async function stopRemote(
  { attempt, provider, parts, signal }: Care,
  ref: string,
): Promise<RemoteState | undefined> {
  const { stop } = careTimes(parts)
  try {
    return await within(stop, signal, async (inTime) => {
      await provider.cancel(ref, inTime)
      for (;;) {
        const state = await provider.look(ref, inTime)
        if (isTerminal(state)) return state
        await sleep(Math.min(EVERY_MS, stop / 4), undefined, { signal: inTime })
      }
    })
  } catch (error) {
    signal.throwIfAborted()
    parts.log.warn('not stopped yet', { jobId: attempt.jobId, provider: provider.name, error })
    return undefined
  }
}

export const isTerminal = ({ kind }: RemoteState): boolean =>
  kind !== 'waiting' && kind !== 'running'
