/** How many pods there should be, from how long work waits: up at once, down slowly, and never there and back. */

export interface Look {
  /** Seconds on any clock. */
  readonly at: number
  /** Of work for each engine that takes jobs; undefined where none does, or where it is not told. */
  readonly waitSeconds: number | undefined
  /** Engines that take jobs. */
  readonly taking: number
  readonly busy: number
  /** Pods of ours that are there or on their way. */
  readonly pods: number
}

export interface ScaleRules {
  /** How long a job may wait for its engine. */
  readonly targetWaitSeconds: number
  readonly least: number
  readonly most: number
  /** So long it must be too much in a row. */
  readonly upAfterSeconds: number
  /** So long it must be more than enough in a row, and nothing have changed. */
  readonly downAfterSeconds: number
  /** After longer than this without a look, nothing was so in a row. */
  readonly mostGapSeconds: number
  /** A pod that takes nothing for longer than this is no more counted on. */
  readonly startSeconds: number
}

export const usualRules = {
  ...{ least: 1, most: 4, upAfterSeconds: 20, downAfterSeconds: 300 },
  ...{ mostGapSeconds: 60, startSeconds: 900 },
} as const

export interface Decision {
  readonly pods: number
  /** As a part of a sentence. */
  readonly why: string
}

/** One fewer is enough where its engines would be busy for no more than this: a queue's wait grows with 1 / (1 − busy). */
const MOST_BUSY = 0.7
/** And where what waits then would be no more than this share of the target. */
const MOST_WAIT = 0.5
/** Of the moving average of busy engines, in seconds. */
const MEMORY = 180

export type Decider = (look: Look) => Decision

/** Has a memory: one for each fleet, asked again and again. */
export function createDecider(rules: ScaleRules): Decider {
  const { targetWaitSeconds: target, least, most, upAfterSeconds, downAfterSeconds } = rules
  const { mostGapSeconds, startSeconds } = rules
  const within = (pods: number) => Math.min(most, Math.max(least, pods))
  let load: { readonly at: number; readonly busy: number } | undefined
  let tooMuchSince: number | undefined
  let enoughSince: number | undefined
  /** Since when fewer engines take jobs than there are pods, of which another number begins anew. */
  let short: { readonly since: number; readonly pods: number } | undefined
  let filledAt: number | undefined

  return ({ at, waitSeconds, taking, busy, pods }) => {
    const gap = load === undefined ? 0 : at - load.at
    if (gap < 0 || gap > mostGapSeconds) {
      ;[load, tooMuchSince, enoughSince, short] = [undefined, undefined, undefined, undefined]
    }
    const share = load === undefined ? 1 : 1 - Math.exp(-(at - load.at) / MEMORY)
    load = { at, busy: (load?.busy ?? busy) + share * (busy - (load?.busy ?? busy)) }
    const stay = (why: string): Decision => ({ pods: within(pods), why })
    if (pods < least) {
      // Pods that end as soon as they begin are not to be rented by the dozen.
      const isTooSoon = filledAt !== undefined && at - filledAt < downAfterSeconds
      if (isTooSoon) return { pods, why: 'those that were made have ended: look at their logs' }
      filledAt = at
    }
    if (pods < least || pods > most) return stay(`between ${least} and ${most}`)
    if (waitSeconds === undefined) {
      ;[tooMuchSince, enoughSince] = [undefined, undefined]
      const isNobody = taking === 0
      return stay(isNobody ? 'no engine takes jobs yet' : 'how long work waits is not known yet')
    }
    const work = waitSeconds * taking

    if (taking >= pods) short = undefined
    else if (short?.pods !== pods) short = { since: at, pods }
    const lost = short !== undefined && at - short.since > startSeconds ? pods - taking : 0
    // Those on their way will take their part of it.
    const isTooMuch = work / Math.max(pods - lost, taking) > target
    tooMuchSince = isTooMuch ? (tooMuchSince ?? at) : undefined
    const oneFewer = pods - 1
    const isEnough =
      oneFewer >= least &&
      taking >= pods &&
      load.busy / oneFewer <= MOST_BUSY &&
      work / oneFewer <= target * MOST_WAIT
    enoughSince = isEnough ? (enoughSince ?? at) : undefined

    if (tooMuchSince !== undefined && at - tooMuchSince >= upAfterSeconds && pods < most) {
      ;[tooMuchSince, enoughSince] = [undefined, undefined]
      const wanted = within(Math.min(Math.ceil(work / target) + lost, 2 * pods))
      const wait = `${Math.round(waitSeconds)} s of work wait for each engine`
      const idle = lost > 0 ? `; ${lost} of the pods take nothing: look at their logs` : ''
      return { pods: Math.max(pods + 1, wanted), why: `${wait}, and ${target} s may${idle}` }
    }
    if (enoughSince !== undefined && at - enoughSince >= downAfterSeconds) {
      enoughSince = undefined
      const share = Math.round((100 * load.busy) / oneFewer)
      return { pods: oneFewer, why: `one fewer would be busy for ${share} % of the time` }
    }
    return stay(isTooMuch ? 'too much waits, but not for long yet' : 'the wait is as it may be')
  }
}
