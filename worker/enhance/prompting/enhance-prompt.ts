/**
 * A prompt with phrases of a language model's after it, or as it was written. What its author wrote stands first, to the
 * letter, whatever the model does.
 */
import { createHash } from 'node:crypto'
import {
  afterPrompt,
  type ContentMode,
  type Mode,
  type PromptSyntax,
  type Style,
  withStyle,
} from '#contract'
import type { CountTokens } from '#models/tokenizers/clip-token-count.ts'
import type { Sign } from '../../../policy/rules.ts'
import type { Completion, Enhancement } from '../enhancement.ts'
import type { Template } from '../messages.ts'
import { CUT_OFF, cleanContinuation, type Dropped } from './clean-continuation.ts'
import { type FewShotWish, fewShotHash, fewShotPrefix, fewShotText, oneLine } from './few-shot.ts'
import { listsHash, vocabularyOf } from './word-lists.ts'

export interface EnhancementWish {
  /** As its author wrote it: without the style, which `plan` joins after what comes of this. */
  readonly prompt: string
  readonly mode: Mode
  readonly contentMode: ContentMode
  readonly promptSyntax?: PromptSyntax | undefined
  /** Its phrases must fit into the window too. */
  readonly style?: Style | undefined
  /** Another text for each seed; absent: the likeliest one, always the same. */
  readonly sampling?: { readonly seed: number; readonly temperature?: number } | undefined
}

export interface EnhancementParts {
  readonly completion: Completion
  /** Of CLIP. */
  readonly countTokens: CountTokens
  /** What the policy sees in a text. */
  readonly signsOf: (text: string) => ReadonlySet<Sign>
  /** `base` unless given. */
  readonly template?: Template | undefined
}

export interface EnhancedPrompt extends Enhancement {
  /** What of the model's words was left out, and why. */
  readonly dropped: readonly Dropped[]
}

/** CLIP's context of 77 less its start and end. */
const WINDOW = 75
/** The longest token of CLIP's vocabulary, in bytes: a text of more than 75 times that is not worth counting. */
const LONGEST_TOKEN = 32
/** Fewer hold no phrase worth the time. */
const LEAST_ROOM = 8
const MOST_NEW_TOKENS = 64
/** Qwen's tokens are about CLIP's, and the last phrase is often half a one. */
const SPARE_TOKENS = 4
/** Of phrases that are fewer words nothing is gained. */
const LEAST_WORDS = 3
const TEMPERATURE = 0.7

/** Rejects with what the completion throws, and with nothing else. */
export async function enhancePrompt(
  wish: EnhancementWish,
  parts: EnhancementParts,
  signal: AbortSignal,
): Promise<EnhancedPrompt> {
  const { prompt, mode, contentMode, sampling } = wish
  const asWritten = (fallback: string, ms = 0, dropped: readonly Dropped[] = []) => ({
    ...({ prompt, source: 'none', ms, fallback, dropped } as const),
  })
  if (mode === 'copy') return asWritten('copy')
  if (oneLine(prompt) === '') return asWritten('empty-prompt')
  if (isComposed(wish)) return asWritten('composed-prompt')
  const room = roomOf(wish, parts.countTokens)
  if (room < LEAST_ROOM) return asWritten('no-room')

  const fewShot: FewShotWish = { mode, contentMode, template: parts.template ?? 'base' }
  const maxNewTokens = Math.min(MOST_NEW_TOKENS, room + SPARE_TOKENS)
  const { text, tokens, ms } = await parts.completion.complete(
    {
      prefix: fewShotPrefix(fewShot),
      text: fewShotText(prompt, fewShot),
      ...{ maxNewTokens, stop: '\n' },
      ...(sampling && { seed: sampling.seed, temperature: sampling.temperature ?? TEMPERATURE }),
    },
    signal,
  )

  const { phrases, dropped } = cleanContinuation(
    { text, isCut: tokens >= maxNewTokens },
    {
      prompt,
      promptWords: wordsIn(prompt),
      vocabulary: vocabularyOf(mode),
      signsOf: parts.signsOf,
    },
  )
  const fitting = longestFit(phrases, wish, parts.countTokens)
  const added = fitting.join(', ')
  const all = [
    ...dropped,
    ...phrases.slice(fitting.length).map((text) => ({ text, rule: 'no-room' })),
  ]
  if (added.split(' ').length < LEAST_WORDS) {
    return asWritten(reasonOf(all, phrases.length > 0), ms, all)
  }
  const enhanced = afterPrompt(prompt, added)
  if (!isNothingNew(enhanced, prompt, parts.signsOf)) return asWritten('together', ms, all)
  return { prompt: enhanced, source: 'qwen', ms, dropped: all }
}

/** Changes with all that decides what comes of a continuation: for whoever remembers what came of one. */
export const promptingVersion = (wish: FewShotWish): string =>
  createHash('sha256')
    .update(JSON.stringify([RULES_VERSION, fewShotHash(wish), listsHash]))
    .digest('hex')
    .slice(0, 16)

/** One more with each change to the rules. */
const RULES_VERSION = 1

/** Compel's `.blend()` and `.and()` weigh whole prompts: what follows them is one more. */
const isComposed = ({ prompt, promptSyntax }: EnhancementWish): boolean =>
  promptSyntax === 'compel' && /\.\s*(?:and|blend)\s*\(/.test(prompt)

/** Tokens that are left in the first window; below 0 where there are none. */
function roomOf({ prompt, style }: EnhancementWish, count: CountTokens): number {
  const drawn = withStyle(prompt, style)
  const isLong = Buffer.byteLength(drawn.normalize('NFC')) > WINDOW * LONGEST_TOKEN
  return isLong ? -1 : WINDOW - count(drawn)
}

/** From the first on, as far as the window goes with the style after them. */
function longestFit(
  phrases: readonly string[],
  { prompt, style }: EnhancementWish,
  count: CountTokens,
): readonly string[] {
  for (let n = phrases.length; n > 0; n--) {
    const fitting = phrases.slice(0, n)
    if (count(withStyle(afterPrompt(prompt, fitting.join(', ')), style)) <= WINDOW) return fitting
  }
  return []
}

function wordsIn(prompt: string): ReadonlySet<string> {
  return new Set(prompt.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/gu) ?? [])
}

/** A phrase may mean with the prompt before it, or the next one after it, what it does not mean alone. */
function isNothingNew(
  enhanced: string,
  prompt: string,
  signsOf: EnhancementParts['signsOf'],
): boolean {
  const written = signsOf(prompt)
  return [...signsOf(enhanced)].every((sign) => written.has(sign))
}

/** The first rule that took something away; else there was too little of it. */
function reasonOf(dropped: readonly Dropped[], hasAny: boolean): string {
  const [first] = dropped.filter(({ rule }) => rule !== CUT_OFF)
  if (first) return first.rule
  if (dropped.length > 0) return CUT_OFF
  return hasAny ? 'too-short' : 'empty'
}
