import { describe, expect, it, test } from 'vitest'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import { readShippedRules } from '../../../policy/read-rules.ts'
import { findSigns } from '../../../policy/words/find-signs.ts'
import { createLexicon } from '../../../policy/words/lexicon.ts'
import type { CompletionRequest } from '../enhancement.ts'
import { type EnhancementWish, enhancePrompt, promptingVersion } from './enhance-prompt.ts'

const lexicon = createLexicon(readShippedRules())
const countTokens = loadTokenCounter()
const wish: EnhancementWish = { prompt: 'a lighthouse', mode: 'txt2img', contentMode: 'sfw' }

/** What comes of a wish where a model says `text`, and what it was asked. */
async function said(text: string, given: Partial<EnhancementWish> = {}, tokens = 1) {
  const asked: CompletionRequest[] = []
  const complete = async (request: CompletionRequest) => {
    asked.push(request)
    return { text, tokens, ms: 7 }
  }
  const parts = {
    completion: { complete },
    countTokens,
    signsOf: (each: string) => findSigns(each, lexicon),
  }
  const enhanced = await enhancePrompt({ ...wish, ...given }, parts, new AbortController().signal)
  return { ...enhanced, asked }
}

const GOOD = ' soft light, deep shadows, film grain'

describe('an enhancement', () => {
  it('is the prompt as it was written, with the model’s phrases after it', async () => {
    expect(await said(GOOD)).toMatchObject({
      ...{ prompt: 'a lighthouse, soft light, deep shadows, film grain', source: 'qwen', ms: 7 },
      dropped: [],
    })
    const { prompt } = await said(GOOD, { prompt: 'A  (red:1.2)\nlighthouse. ' })
    expect(prompt).toBe('A  (red:1.2)\nlighthouse. soft light, deep shadows, film grain')
  })

  it('is asked for greedily, and with a seed only where that is wished', async () => {
    const { asked } = await said(GOOD)
    expect(Object.keys(asked[0] ?? {}).toSorted()).toEqual([
      'maxNewTokens',
      'prefix',
      'stop',
      'text',
    ])
    const varied = await said(GOOD, { sampling: { seed: 5 } })
    expect(varied.asked[0]).toMatchObject({ seed: 5, temperature: 0.7 })
  })

  it('asks for no more than there is room for, style included', async () => {
    const most = async (given: Partial<EnhancementWish>) =>
      (await said(GOOD, given)).asked[0]?.maxNewTokens
    expect(await most({})).toBe(64)
    expect(await most({ prompt: 'cat '.repeat(50) })).toBe(29)
    // `, neon light` are three of CLIP's tokens.
    expect(await most({ prompt: 'cat '.repeat(50), style: { lighting: 'neon' } })).toBe(26)
  })

  it('keeps whole phrases that fit into the window, in their order', async () => {
    const prompt = 'cat '.repeat(66).trim()
    const { prompt: enhanced, dropped } = await said(
      ' soft golden light, deep shadows, film grain',
      { prompt },
    )
    expect(enhanced).toBe(`${prompt}, soft golden light, deep shadows`)
    expect(dropped).toEqual([{ text: 'film grain', rule: 'no-room' }])
  })

  it('drops the last phrase of a text that the limit ended', async () => {
    const { prompt, dropped } = await said(`${GOOD}, very det`, {}, 64)
    expect(prompt).toBe('a lighthouse, soft light, deep shadows, film grain')
    expect(dropped).toEqual([{ text: 'very det', rule: 'cut-off' }])
  })

  it('adds no places to an edit, and does to a scene', async () => {
    const text = ' soft light, misty forest background, film grain'
    expect((await said(text)).prompt).toContain('misty forest')
    expect((await said(text, { mode: 'modify' })).prompt).toBe(
      'a lighthouse, soft light, film grain',
    )
  })

  it('lets the model say the prompt’s own words again, but not people', async () => {
    const given = { prompt: 'a Zorb beside a woman' }
    const { prompt, dropped } = await said(' Zorb in golden light, woman in soft light', given)
    expect(prompt).toBe('a Zorb beside a woman, Zorb in golden light')
    expect(dropped).toEqual([{ text: 'woman in soft light', rule: 'person' }])
  })
})

describe('a prompt is left alone, and no model asked,', () => {
  it.each([
    ['in COPY', { prompt: 'a cat', mode: 'copy' }, 'copy'],
    ['where there is none', { prompt: ' \n ' }, 'empty-prompt'],
    ['where the window is full', { prompt: 'cat '.repeat(70) }, 'no-room'],
    ['where it is a document', { prompt: 'x'.repeat(10_000) }, 'no-room'],
    [
      'where the style fills the window',
      { prompt: 'cat '.repeat(60), style: { look: 'so '.repeat(12) } },
      'no-room',
    ],
    [
      'where Compel blends whole prompts',
      { prompt: '("a", "b").blend(1, 1)', promptSyntax: 'compel' },
      'composed-prompt',
    ],
  ] as const)('%s', async (_, given, fallback) => {
    const { asked, ...enhanced } = await said(GOOD, given)
    expect(asked).toEqual([])
    expect(enhanced).toEqual({
      ...{ prompt: given.prompt, source: 'none', ms: 0, fallback, dropped: [] },
    })
  })
})

/** For each rule, what it alone is there for. */
test.each([
  ['empty', '\n\nIdea: a dog'],
  ['too-short', ' soft light'],
  ['special-token', '<|im_end|>more'],
  ['garbage', '!!!!!!!!!!!!!!!!'],
  ['refusal', ' I cannot add to this'],
  ['meta-talk', ' Here is a better one'],
  ['label', ' Negative prompt: blurry'],
  ['address', ' www.example.com, soft light'],
  ['markup', '```soft light```'],
  ['list', ' 1. soft light 2. film grain'],
  ['negation', ' no clouds, without rain'],
  ['age', ' 45 years old'],
  ['age', ' an old wall, a child'],
  ['nudity', ' naked, topless'],
  ['person', ' a man, her hands'],
  ['name', ' by Greg Rutkowski, in the style of somebody'],
  ['name', ' the Eiffel Tower'],
  ['language', ' 柔和的光线'],
  ['too-long', ' the light falls on the tall wall and the light falls on the floor and'],
  ['repeated', ' soft soft soft light, soft soft soft light'],
  ['said', ' lighthouse, a lighthouse'],
  ['unknown-word', ' emma watson, artstation'],
  ['cut-off', ' soft light and deep'],
])('where %s takes all away, that is the reason: %j', async (rule, text) => {
  const { prompt, source, fallback } = await said(text, {}, rule === 'cut-off' ? 64 : 1)
  expect({ prompt, source, fallback }).toEqual({
    ...{ prompt: wish.prompt, source: 'none', fallback: rule },
  })
})

test('what means together what no part of it means is thrown away', async () => {
  // Each half is clean; the policy reads them as one.
  const parts = {
    completion: { complete: async () => ({ text: ' soft light, deep shadows', tokens: 1, ms: 1 }) },
    countTokens,
    signsOf: (text: string) => new Set(/house.*light/.test(text) ? (['sexual'] as const) : []),
  }
  const enhanced = await enhancePrompt(wish, parts, new AbortController().signal)
  expect(enhanced).toMatchObject({ prompt: 'a lighthouse', fallback: 'together' })
})

test('what the completion throws is for the caller', async () => {
  const parts = {
    completion: { complete: () => Promise.reject(new Error('away')) },
    ...{ countTokens, signsOf: () => new Set<never>() },
  }
  const signal = new AbortController().signal
  await expect(enhancePrompt(wish, parts, signal)).rejects.toThrow('away')
})

test('what is remembered is told from what other examples would give', () => {
  const version = (contentMode: 'sfw' | 'nsfw') =>
    promptingVersion({ mode: 'modify', contentMode, template: 'base' })
  expect(version('sfw')).toMatch(/^[0-9a-f]{16}$/)
  expect(version('sfw')).not.toBe(version('nsfw'))
})
