/** What became of a request whose answer never came: the provider's list tells, or a webhook that comes meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openAttempt } from '../store/attempts.ts'
import { webhookUrlOf } from './attempt-token.ts'
import { type Care, careTimes } from './care.ts'

/** Between two questions. */
const EVERY_MS = 1_000

/** @returns its name; `known` where somebody else has learnt it, or goes on with the job; undefined where it is nowhere. */
export async function findSubmitted(
  { attempt, provider, parts, signal }: Care,
  since: Date,
): Promise<string | 'known' | undefined> {
  const { find } = careTimes(parts)
  const webhookUrl = webhookUrlOf(attempt, parts)
  const until = performance.now() + find
  for (;;) {
    const open = await openAttempt(parts.database, attempt.jobId)
    if (open?.id !== attempt.id || open.ref !== null) return 'known'
    // That it cannot be asked now is no answer.
    const ref = await provider.find({ since, webhookUrl }, signal).catch(() => undefined)
    if (ref !== undefined) return ref
    signal.throwIfAborted()
    const left = until - performance.now()
    if (left <= 0) return undefined
    await sleep(Math.min(EVERY_MS, find / 4, left), undefined, { signal })
  }
}
