import { beforeAll, describe, expect, test } from 'vitest'
import { BIG_G_PAD, loadClipTokenizer } from '#models/tokenizers/clip.ts'
import { encodePrompts, type PromptRequest } from './encode-prompts.ts'
import golden from './goldens/compel.json' with { type: 'json' }
import { toyTextEncoder } from './goldens/toy-text-encoder.ts'
import type { PromptEmbedding } from './text-encoder.ts'

let encoders: [ReturnType<typeof toyTextEncoder>, ReturnType<typeof toyTextEncoder>]
beforeAll(() => {
  encoders = [
    toyTextEncoder(loadClipTokenizer(), 4),
    toyTextEncoder(loadClipTokenizer({ pad: BIG_G_PAD }), 6),
  ]
})

const encode = (prompt: string, request: Partial<PromptRequest> = {}) =>
  encodePrompts(encoders, {
    prompt,
    negativePrompt: null,
    syntax: 'none',
    zeroEmptyNegative: true,
    guided: false,
    ...request,
  })

// [tokens] for the encoder whose states start at `column`: its states times 1, 2, 3, ..., as
// make-compel.py has it.
const digest = ({ hidden, width, tokens }: PromptEmbedding, column: number, size: number) =>
  Array.from({ length: tokens }, (_, position) => {
    const states = hidden.subarray(position * width + column, position * width + column + size)
    return states.reduce((sum, value, index) => sum + value * (index + 1), 0)
  })

// [context, 4 or 6] of ids that stand in one window, straight from the encoder.
const window = async (encoder: 0 | 1, ids: readonly number[]) => {
  const { tokenizer } = encoders[encoder]
  const pads = Array<number>(75 - ids.length).fill(tokenizer.pad)
  return encoders[encoder].encode([49406, ...ids, 49407, ...pads])
}

const columns = ({ hidden, width }: PromptEmbedding, from: number, to: number) =>
  hidden.filter((_, index) => index % width >= from && index % width < to)

describe('compel syntax', () => {
  test.each(golden.encoded)('%j embeds as compel has it', async (prompt, first, second) => {
    const { prompt: embedding } = await encode(String(prompt), { syntax: 'compel' })
    for (const [wanted, column, size] of [
      [first, 0, 4],
      [second, 4, 6],
    ] as const) {
      const found = digest(embedding, column, size)
      expect(found).toHaveLength(wanted?.length ?? -1)
      const errors = found.map((value, index) => Math.abs(value - Number(wanted?.[index])))
      // float32 states of size about 3, times up to 6.
      expect(Math.max(...errors)).toBeLessThan(2e-5)
    }
  })

  test('pools the text without its syntax', async () => {
    const plain = await encode('a cat on a mat')
    const weighted = await encode('a (cat)++ on (a mat)0.7', { syntax: 'compel' })
    expect(weighted.prompt.pooled).toEqual(plain.prompt.pooled)
    expect(weighted.tokens).toBe(5)
  })

  test('is plain text where there is no syntax', async () => {
    const words = 'one two, three four '.repeat(10)
    expect((await encode(words, { syntax: 'compel' })).prompt).toEqual((await encode(words)).prompt)
  })

  test('segments share the windows that are allowed', async () => {
    const three = await encode('("a", "b", "c").and()', { syntax: 'compel', windows: 2 })
    expect(three).toMatchObject({ windows: 2, tokens: 3, truncated: true })
  })
})

describe('no syntax', () => {
  test('puts the two encoders side by side, with their own padding', async () => {
    const { prompt, tokens, windows, truncated } = await encode('a cat')
    expect({ tokens, windows, truncated }).toEqual({ tokens: 2, windows: 1, truncated: false })
    expect([prompt.tokens, prompt.width]).toEqual([77, 10])
    expect(columns(prompt, 0, 4)).toEqual((await window(0, [320, 2368])).hidden)
    expect(columns(prompt, 4, 10)).toEqual((await window(1, [320, 2368])).hidden)
    expect(prompt.pooled).toEqual((await window(1, [320, 2368])).pooled)
  })

  test('cuts a long prompt every 75 tokens and pools the first', async () => {
    const ids = [...Array<number>(75).fill(2368), 1929, 1929]
    const { prompt, windows, tokens } = await encode(`${'cat '.repeat(75)}dog dog`)
    expect([windows, tokens, prompt.tokens]).toEqual([2, 77, 154])
    const first = await window(1, ids.slice(0, 75))
    const second = await window(1, ids.slice(75))
    expect(columns(prompt, 4, 10)).toEqual(Float32Array.from([...first.hidden, ...second.hidden]))
    expect(prompt.pooled).toEqual(first.pooled)
  })

  test('windows: 1 truncates as diffusers does and says so', async () => {
    const cut = await encode(`${'cat '.repeat(75)}dog`, { windows: 1 })
    expect(cut).toMatchObject({ windows: 1, tokens: 76, truncated: true })
    expect(cut.prompt).toEqual((await encode('cat '.repeat(75))).prompt)
  })

  test('reads brackets as text', async () => {
    expect((await encode('(cat)1.5')).tokens).toBe(6)
  })
})

describe('a1111 syntax', () => {
  test('multiplies states by weights and leaves pooled alone', async () => {
    const weighted = (await encode('a (cat:1.5)', { syntax: 'a1111' })).prompt
    const plain = (await encode('a cat')).prompt
    const factor = (index: number) => (Math.floor(index / plain.width) === 2 ? 1.5 : 1)
    expect(weighted.hidden).toEqual(plain.hidden.map((value, index) => value * factor(index)))
    expect(weighted.pooled).toEqual(plain.pooled)
  })

  test('BREAK opens a window', async () => {
    const { prompt, windows } = await encode('a BREAK cat', { syntax: 'a1111' })
    expect(windows).toBe(2)
    const [first, second] = [await window(0, [320]), await window(0, [2368])]
    expect(columns(prompt, 0, 4)).toEqual(Float32Array.from([...first.hidden, ...second.hidden]))
  })

  test('prefers to cut after a comma', async () => {
    const prompt = `${'cat '.repeat(70)}, ${'dog '.repeat(10)}`
    const a1111 = await encode(prompt, { syntax: 'a1111' })
    const broken = await encode(prompt.replace(', ', ', BREAK '), { syntax: 'a1111' })
    expect(a1111.prompt).toEqual(broken.prompt)
  })
})

describe('the negative prompt', () => {
  test('is zeros where none is given and the checkpoint asks for that', async () => {
    const { prompt, negative } = await encode('cat '.repeat(80), { guided: true })
    expect(negative).toMatchObject({ tokens: 154, width: 10 })
    expect(negative?.hidden).toEqual(new Float32Array(prompt.hidden.length))
    expect(negative?.pooled).toEqual(new Float32Array(prompt.pooled.length))
  })

  test('is the empty text where it is empty, or the checkpoint asks for no zeros', async () => {
    const empty = (await encode('')).prompt
    const guided = { guided: true, negativePrompt: '' }
    expect((await encode('a cat', guided)).negative).toEqual(empty)
    const unset = { guided: true, zeroEmptyNegative: false }
    expect((await encode('a cat', unset)).negative).toEqual(empty)
  })

  test.each(['none', 'compel', 'a1111'] as const)(
    'and the prompt are padded to one length with empty windows (%s)',
    async (syntax) => {
      const long = 'cat '.repeat(100)
      const request = { syntax, guided: true, negativePrompt: long }
      const { prompt, negative, windows } = await encode('a cat', request)
      expect([windows, prompt.tokens, negative?.tokens]).toEqual([2, 154, 154])
      expect(prompt.hidden.slice(0, 770)).toEqual((await encode('a cat')).prompt.hidden)
      expect(prompt.hidden.slice(770)).toEqual((await encode('')).prompt.hidden)
      expect(negative).toEqual((await encode(long)).prompt)
    },
  )

  test('is not encoded where there is no guidance', async () => {
    encoders[0].runs = 0
    const { negative } = await encode('a cat', { negativePrompt: 'dog' })
    expect([negative, encoders[0].runs]).toEqual([undefined, 2])
  })
})

test('a window is encoded once in a request', async () => {
  encoders[0].runs = 0
  await encode('cat '.repeat(300), { guided: true, negativePrompt: 'cat '.repeat(75) })
  // 75 cats, and the empty window.
  expect(encoders[0].runs).toBe(2)
})

test.each(['none', 'compel', 'a1111'] as const)(
  'any text is embedded, always the same (%s)',
  async (syntax) => {
    const texts = [
      '',
      '   ',
      '\x00\x1b\x7f',
      '🙂'.repeat(40),
      '(((',
      '("a").blend(9)',
      '<|endoftext|>',
      '\ud83d',
      'a+ (b)0.5 [c:2]'.repeat(5),
    ]
    for (const text of texts) {
      const { prompt } = await encode(text, { syntax })
      expect(prompt.hidden.every(Number.isFinite)).toBe(true)
      expect((await encode(text, { syntax })).prompt).toEqual(prompt)
    }
    const long = await encode('photo of a (cat)+, '.repeat(600).slice(0, 10_000), { syntax })
    expect(long).toMatchObject({ windows: 16, truncated: true })
  },
)

test('an aborted request runs no encoder', async () => {
  encoders[0].runs = 0
  const signal = AbortSignal.abort(new Error('cancelled'))
  await expect(encode('a cat', { signal })).rejects.toThrow('cancelled')
  expect(encoders[0].runs).toBe(0)
})
