import { beforeAll, describe, expect, it } from 'vitest'
import { type Style, withStyle } from '#contract'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import { readShippedRules } from '../../../policy/read-rules.ts'
import type { Sign } from '../../../policy/rules.ts'
import { findSigns } from '../../../policy/words/find-signs.ts'
import { createLexicon } from '../../../policy/words/lexicon.ts'
import { type EnhancedPrompt, type EnhancementParts, enhancePrompt } from './enhance-prompt.ts'
import { linesOf } from './lines-of.case.ts'
import { ageWords, personWords } from './word-lists.ts'

const prompts = linesOf('prompts.txt', '## ')
const continuations = linesOf('continuations.txt', '# ')
const someStyle: Style = { lighting: 'golden_hour', mood: 'serene' }
const countTokens = loadTokenCounter()
const lexicon = createLexicon(readShippedRules())
/** Phrases come again and again. */
const known = new Map<string, ReadonlySet<Sign>>()
function signsOf(text: string): ReadonlySet<Sign> {
  const before = known.get(text)
  if (before) return before
  const signs = findSigns(text, lexicon)
  known.set(text, signs)
  return signs
}

interface Outcome {
  readonly style: Style | undefined
  readonly prompt: string
  readonly continuation: string
  readonly enhanced: EnhancedPrompt
}

const outcomes: Outcome[] = []

beforeAll(async () => {
  for (const [i, { section, text: prompt }] of prompts.entries()) {
    for (const [j, { text }] of continuations.entries()) {
      const parts: EnhancementParts = {
        ...{ countTokens, signsOf },
        template: i % 2 === 0 ? 'base' : 'instruct',
        // Every third was stopped by the limit.
        completion: {
          complete: async ({ maxNewTokens }) => ({
            text,
            ms: 1,
            tokens: (i + j) % 3 ? 1 : maxNewTokens,
          }),
        },
      }
      const style = j % 4 === 0 ? someStyle : undefined
      const wish = {
        prompt,
        mode: section === 'edits' ? ('modify' as const) : ('txt2img' as const),
        contentMode: j % 2 === 0 ? ('sfw' as const) : ('nsfw' as const),
        style,
      }
      const enhanced = await enhancePrompt(wish, parts, AbortSignal.timeout(60_000))
      outcomes.push({ style, prompt, continuation: text, enhanced })
    }
  }
}, 120_000)

const changed = () => outcomes.filter(({ enhanced }) => enhanced.source === 'qwen')
const addedIn = ({ prompt, enhanced }: Outcome) => enhanced.prompt.slice(prompt.length)
const words = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []

describe('500 prompts, each with every bad thing that a base model says', () => {
  it('are as many as that, and some of the outcomes are enhanced', () => {
    expect(prompts.length).toBeGreaterThanOrEqual(500)
    expect(continuations.length).toBeGreaterThanOrEqual(60)
    expect(outcomes).toHaveLength(prompts.length * continuations.length)
    expect(changed().length).toBeGreaterThan(outcomes.length / 10)
  })

  it('lose no subject: what was written stands first, to the letter', () => {
    const lost = outcomes.filter(({ prompt, enhanced }) => !enhanced.prompt.startsWith(prompt))
    expect(lost).toEqual([])
  })

  it('stay within CLIP’s window with their style, or as they were', () => {
    const beyond = changed().filter(
      ({ enhanced, style }) => countTokens(withStyle(enhanced.prompt, style)) > 75,
    )
    expect(beyond).toEqual([])
  })

  it('get nobody, no age, no nudity', () => {
    const found = changed().filter((outcome) => {
      const added = addedIn(outcome)
      const signs = signsOf(added)
      return (
        signs.size > 0 || words(added).some((word) => personWords.has(word) || ageWords.has(word))
      )
    })
    expect(found).toEqual([])
  })

  it('get no name, no address, no markup, no other script and no line', () => {
    const found = changed().filter((outcome) => {
      const added = addedIn(outcome)
      const written = outcome.prompt
      const isStrange = /[^a-z0-9 ,.'/-]/.test(
        added.replace(/[A-Z]\w*/g, (word) => (written.includes(word) ? '' : word)),
      )
      return isStrange || /greg|artgerm|wlop|emma|watson|disney|eiffel|http|lora|hacked/.test(added)
    })
    expect(found.slice(0, 5)).toEqual([])
  })

  it('say why they stand as written, where they do', () => {
    const unsaid = outcomes.filter(
      ({ enhanced }) => enhanced.source === 'none' && !enhanced.fallback,
    )
    expect(unsaid).toEqual([])
    expect(
      outcomes.filter(({ enhanced }) => enhanced.source === 'qwen' && enhanced.fallback),
    ).toEqual([])
  })
})
