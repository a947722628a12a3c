/** Prompt enhancement as a daemon has it: from its settings to what each job asks. */
import type { Job } from '#contract'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import type { Log } from '#platform/log.ts'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'
import type { PolicyConfig } from '../../policy/config.ts'
import { readRules } from '../../policy/read-rules.ts'
import { effectiveMode } from '../../policy/screen.ts'
import { findSigns } from '../../policy/words/find-signs.ts'
import { createLexicon } from '../../policy/words/lexicon.ts'
import { createEnhancing, type Enhancing, withoutModel } from './enhance-job.ts'
import type { EnhancementCache } from './enhancement-cache.ts'
import type { Enhancer } from './enhancer.ts'
import type { EnhancerConfig } from './variables.ts'

export interface StartOptions {
  readonly config: EnhancerConfig
  readonly policy: PolicyConfig
  readonly cache: EnhancementCache
  readonly log: Log
  /** Aborted: nothing is waited for any more. */
  readonly signal: AbortSignal
}

export interface StartedEnhancing {
  readonly enhancing: Enhancing
  /** Bytes of its device that are to be left to it. */
  readonly bytes: number
  /** Reads the weights, in its own time: once whoever else takes memory there has it. */
  readonly load: () => void
}

/** Throws the Failure of a model that will not do, with its mend. @param enhancer undefined where there is no model. */
export async function startEnhancing(
  enhancer: Enhancer | undefined,
  { config, policy, cache, log, signal }: StartOptions,
): Promise<StartedEnhancing> {
  if (!enhancer) return { enhancing: withoutModel, bytes: 0, load: () => {} }
  const info = await unlessAborted(enhancer.check(), signal)
  const template = config.template === 'auto' ? info.template : config.template
  const lexicon = createLexicon(readRules(policy.termsFolder))
  const enhancing = createEnhancing(
    { enhancer, info: { ...info, template } },
    {
      ...{ cache, log, timeoutMs: config.timeoutMs, countTokens: loadTokenCounter() },
      signsOf: (text) => findSigns(text, lexicon),
      contentModeOf: (job: Job) => effectiveMode(job, policy),
    },
  )
  const { device, deviceNote, weights, bytes } = info
  log.info('enhancer checked', { device, reason: deviceNote ?? `weights: ${weights}` })
  return { enhancing, bytes, load: () => enhancer.load(info) }
}
