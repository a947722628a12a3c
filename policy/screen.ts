/** Where it is decided what will not be made: asked of every job, whoever runs it, at each of its stages. */
import type { ContentMode, Failure, Job } from '#contract'
import { judge, lowest } from './judge.ts'
import { readShippedRules, versionOf } from './read-rules.ts'
import { Refusal } from './refusal.ts'
import type { Rules, Sign } from './rules.ts'
import { findSigns } from './words/find-signs.ts'
import { createLexicon } from './words/lexicon.ts'
import { type Words, wordsOf } from './words-of.ts'

/** What is to be looked at: the words as they came, the words as they were enhanced, the pictures. */
export type ScreenStage = 'asked' | 'enhanced' | 'made'

/**
 * The failure that the job ends with; undefined where nothing stands against it. A rejection refuses too. `enhanced` is
 * the prompt as it will be drawn, where that is not the job's own; it is looked at beside it.
 */
export type Screen = (
  job: Job,
  stage: ScreenStage,
  enhanced?: string,
) => Promise<Failure | undefined>

/** One more thing that must be asked; a rejection refuses. It stops at the signal. */
export type Check = (
  job: Job,
  stage: ScreenStage,
  signal: AbortSignal,
) => Promise<Failure | undefined>

export interface ScreenOptions {
  readonly rules: readonly Rules[]
  /** The most that the operator of this process allows; sfw where absent. */
  readonly granted?: ContentMode | undefined
  /** The most for producers that push straight to Redis, and have shown no token; sfw where absent. */
  readonly grantedForeign?: ContentMode | undefined
  /** After the words, in this order. */
  readonly checks?: readonly Check[] | undefined
  /** In ms, for each of `checks`: one that takes longer refuses. */
  readonly patience?: number | undefined
  /** In ms since 1970, for the ages of those whose year of birth is said; this machine's clock where absent. */
  readonly now?: (() => number) | undefined
}

const PATIENCE = 5_000

export function createScreen(options: ScreenOptions): Screen {
  const lexicon = createLexicon(options.rules)
  const signsOf = (text: string) => findSigns(text, lexicon, options.now)
  const rulesVersion = versionOf(options.rules)
  return async (job, stage, enhanced) => {
    try {
      const words = wordsOf(job, enhanced)
      const rule = judge({
        shown: signsOfShown(words, signsOf),
        avoided: signsOf(words.avoided),
        asked: job.contentMode,
        effective: effectiveMode(job, options),
      })
      if (rule !== undefined) return new Refusal(rule, { rulesVersion })
      for (const check of options.checks ?? []) {
        const refusal = await inTime(check, { job, stage, patience: options.patience })
        if (refusal) return refusal
      }
      return undefined
    } catch (cause) {
      return new Refusal('check-failed', { rulesVersion, cause })
    }
  }
}

/** What a job is held to, and what everybody who runs it should go by: the lowest of all that have a say. */
export function effectiveMode(
  { source, contentMode }: Pick<Job, 'source' | 'contentMode'>,
  { granted = 'sfw', grantedForeign = 'sfw' }: Pick<ScreenOptions, 'granted' | 'grantedForeign'>,
): ContentMode {
  const modes = [granted, contentMode]
  return lowest(...modes, ...(source === 'foreign' ? [grantedForeign] : []))
}

/** The shipped rules, and nothing granted. */
export const screen: Screen = createScreen({ rules: readShippedRules() })

type SignsOf = (text: string) => ReadonlySet<Sign>

function signsOfShown({ shown, seam }: Words, signsOf: SignsOf): ReadonlySet<Sign> {
  return new Set([...shown.flatMap((text) => [...signsOf(text)]), ...joined(seam, signsOf)])
}

/** What two words say together, beside each other or as one, and neither by itself. */
function joined([before, after]: Words['seam'], signsOf: SignsOf): readonly Sign[] {
  if (before === '' || after === '') return []
  const together = signsOf(`${before} ${after} ${before}${after}`)
  if (together.size === 0) return []
  const apart = new Set([...signsOf(before), ...signsOf(after)])
  return [...together].filter((sign) => !apart.has(sign))
}

async function inTime(
  check: Check,
  asked: {
    readonly job: Job
    readonly stage: ScreenStage
    readonly patience: number | undefined
  },
): Promise<Failure | undefined> {
  const { job, stage, patience = PATIENCE } = asked
  const limit = new AbortController()
  const { promise: late, reject } = withReject()
  const timer = setTimeout(() => {
    const error = new Error(`a check took longer than ${patience} ms`)
    limit.abort(error)
    reject(error)
  }, patience)
  try {
    return await Promise.race([check(job, stage, limit.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

function withReject(): {
  readonly promise: Promise<never>
  readonly reject: (error: Error) => void
} {
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<never>((_, settle) => {
    reject = settle
  })
  return { promise, reject }
}
