/**
 * A job's prompt with what a model adds, if it may be and can be in time. It can only help: whatever goes wrong, the
 * prompt stands as it was written, and the job goes on.
 */
import { createHash } from 'node:crypto'
import { type ContentMode, type EnhancementHealth, Failure, type Job } from '#contract'
import type { CountTokens } from '#models/tokenizers/clip-token-count.ts'
import type { Log } from '#platform/log.ts'
import { within } from '#platform/within.ts'
import type { Sign } from '../../policy/rules.ts'
import { noModel, wordOf } from './absence.ts'
import type { Enhancement } from './enhancement.ts'
import type { EnhancementCache, Remembered } from './enhancement-cache.ts'
import type { Enhancer } from './enhancer.ts'
import type { EnhancerInfo } from './messages.ts'
import {
  type EnhancementWish,
  enhancePrompt,
  promptingVersion,
} from './prompting/enhance-prompt.ts'

export interface Enhancing {
  /** Rejects once the signal is aborted, with nothing else. */
  readonly enhance: (job: Job, signal: AbortSignal) => Promise<Enhancement>
  readonly health: () => EnhancementHealth
}

/** What has a model. */
export interface EnhancingModel {
  readonly enhancer: Pick<Enhancer, 'complete' | 'health' | 'absence'>
  readonly info: Pick<EnhancerInfo, 'identity' | 'template'>
}

export interface EnhancingParts {
  readonly cache: EnhancementCache
  /** Of CLIP. */
  readonly countTokens: CountTokens
  /** What the policy sees in a text. */
  readonly signsOf: (text: string) => ReadonlySet<Sign>
  /** What the policy holds a job to. */
  readonly contentModeOf: (job: Job) => ContentMode
  /** A text that takes longer is not waited for. In ms. */
  readonly timeoutMs: number
  readonly log: Pick<Log, 'warn'>
}

/** For a process without a model. */
export const withoutModel: Enhancing = {
  enhance: async (job) => asWritten(job, ownReason(job) ?? noModel.word),
  health: () => ({ available: false, why: noModel.why }),
}

export function createEnhancing(model: EnhancingModel, parts: EnhancingParts): Enhancing {
  const { enhancer, info } = model
  return {
    health: () => enhancer.health,
    async enhance(job, signal) {
      const reason = ownReason(job)
      if (reason !== undefined) return asWritten(job, reason)
      const start = performance.now()
      const wish = wishOf(job, parts)
      const key = keyOf(wish, info)
      const known = await recall(key, parts)
      // To the tenth, which is more than anybody asks.
      const ms = () => Math.round(10 * (performance.now() - start)) / 10
      if (known) return { ...known, source: known.fallback ? 'none' : 'cache', ms: ms() }
      if (enhancer.absence !== undefined) return asWritten(job, enhancer.absence, ms())
      const using = { ...parts, completion: enhancer, template: info.template }
      try {
        const { prompt, source, fallback } = await within(parts.timeoutMs, signal, (inTime) =>
          enhancePrompt(wish, using, inTime),
        )
        const came = { prompt, ...(fallback !== undefined && { fallback }) }
        // Nobody waits for that.
        void parts.cache.set(key, came).catch((error) => forgot(error, parts))
        return { ...came, source, ms: ms() }
      } catch (error) {
        signal.throwIfAborted()
        return asWritten(job, reasonOf(error, parts), ms())
      }
    },
  }
}

/** Why nobody is to be asked; undefined where somebody is. What a producer pushes was enhanced before, unless it says so. */
function ownReason({ mode, enhance }: Job): string | undefined {
  if (mode === 'copy') return 'copy'
  return enhance ? undefined : 'skipped'
}

const asWritten = ({ asked }: Job, fallback: string, ms = 0): Enhancement => ({
  ...{ prompt: asked.prompt ?? '', source: 'none', ms, fallback },
})

const wishOf = (job: Job, { contentModeOf }: EnhancingParts): EnhancementWish => ({
  ...{ prompt: job.asked.prompt ?? '', mode: job.mode, contentMode: contentModeOf(job) },
  ...{ promptSyntax: job.asked.promptSyntax, style: job.asked.style },
  sampling: job.enhancementSeed === undefined ? undefined : { seed: job.enhancementSeed },
})

/** All that decides what comes of a prompt: the words, the wishes, the model as it runs, the examples and the rules. */
function keyOf(wish: EnhancementWish, { identity, template }: EnhancingModel['info']): string {
  const { prompt, mode, contentMode, promptSyntax, style, sampling } = wish
  const version = mode === 'copy' ? '' : promptingVersion({ mode, contentMode, template })
  const all = [prompt, mode, contentMode, promptSyntax, style, sampling, identity, version]
  return createHash('sha256').update(JSON.stringify(all)).digest('hex')
}

async function recall(key: string, parts: EnhancingParts): Promise<Remembered | undefined> {
  return parts.cache.get(key).catch((error) => forgot(error, parts))
}

function forgot(error: unknown, { log }: EnhancingParts): undefined {
  log.warn('enhancements not remembered', { error })
}

function reasonOf(error: unknown, { log }: EnhancingParts): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout'
  if (error instanceof Failure) return wordOf(error.code)
  log.warn('not enhanced', { error })
  return 'failed'
}
