/** What a picture should not show: the caller's terms, then the operator's, as much of them as the encoders read. */
import type { ContentMode, Mode } from '#contract'
import type { CountTokens } from '#models/tokenizers/clip-token-count.ts'
import { fitWindow, joined } from './fit-window.ts'
import type { StoredTerms } from './stored-terms.ts'
import { termsOf, withoutRepeats } from './terms.ts'

export interface NegativeWish {
  readonly mode: Mode
  readonly contentMode: ContentMode
  readonly hasReference: boolean
  /** The caller's own text; null where none was given. */
  readonly own: string | null
}

export interface ComposedNegative {
  /** null where there is none at all. */
  readonly text: string | null
  /** How many it lists. */
  readonly terms: number
  /** What did not fit, as it was written, without what had been said before. */
  readonly dropped: readonly string[]
}

/** Whether any evaluation is guided, so that it does something, `plan` says. Throws `database-unavailable`. */
export type ComposeNegative = (wish: NegativeWish) => Promise<ComposedNegative>

export interface ComposeNegativeParts {
  readonly stored: StoredTerms
  readonly count: CountTokens
  /** Of the rows that are used; `sdxl` unless given. */
  readonly modelType?: string
}

export function createComposeNegative(parts: ComposeNegativeParts): ComposeNegative {
  const { stored, count, modelType = 'sdxl' } = parts
  return async ({ mode, contentMode, hasReference, own }) => {
    if (mode === 'copy') return { text: null, terms: 0, dropped: [] }
    const generationMode = hasReference ? 'i2i' : 'txt2img'
    const base = await stored({ modelType, contentMode, generationMode })
    const all = withoutRepeats([...termsOf(own ?? ''), ...base])
    const { kept, dropped } = fitWindow(all, count)
    const isNone = kept.length === 0 && own === null
    return { text: isNone ? null : joined(kept), terms: kept.length, dropped }
  }
}
