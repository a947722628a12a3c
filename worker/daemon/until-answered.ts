/** Says a word to the queue until it is heard: every verb may be repeated, and a picture is made already. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#contract'

export interface Persistence {
  /** Asked before each further try: whether nobody needs the answer any more. */
  readonly isPointless?: () => boolean
  /** Milliseconds before the second try; each further wait is twice as long, up to a second. */
  readonly firstWait?: number
}

/** Of refusals in Redis's own words, such as that its memory is full; an unreachable Redis is waited for. */
const MOST_REFUSALS = 60
const LONGEST_WAIT = 1_000

/** Rejects with the last error once it is pointless, or Redis has refused for about a minute; with others at once. */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  { isPointless = () => false, firstWait = 100 }: Persistence = {},
): Promise<T> {
  let refusals = 0
  for (let wait = firstWait; ; wait = Math.min(LONGEST_WAIT, 2 * wait)) {
    try {
      return await ask()
    } catch (error) {
      const isAway = error instanceof Failure && error.code === 'queue-unavailable'
      if (!isAway && !(isRefusal(error) && ++refusals < MOST_REFUSALS)) throw error
      if (isPointless()) throw error
      await sleep(wait)
    }
  }
}

const isRefusal = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError'
