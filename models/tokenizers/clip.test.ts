import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { BIG_G_PAD, loadClipTokenizer } from './clip.ts'
import golden from './goldens/clip-ids.json' with { type: 'json' }

const first = loadClipTokenizer()
const second = loadClipTokenizer({ pad: BIG_G_PAD })
const sha256 = (ids: readonly number[]) => createHash('sha256').update(ids.join(',')).digest('hex')

describe('ids equal those of Python CLIPTokenizer', () => {
  test.each(golden.cases)('$text x$times', (expected) => {
    const text = expected.text.repeat(expected.times)
    if (expected.first) {
      expect(first.encode(text)).toEqual(expected.first)
      expect(second.encode(text)).toEqual(expected.second ?? expected.first)
    } else {
      expect(first.encode(text)).toHaveLength(expected.count ?? -1)
      expect(sha256(first.encode(text))).toBe(expected.sha256)
      expect(sha256(second.encode(text))).toBe(expected.sha256)
    }
  })
})

test('CLIP-L pads with its end-of-text and bigG with 0', () => {
  expect([first.startOfText, first.endOfText, first.pad]).toEqual([49406, 49407, 49407])
  expect([second.startOfText, second.endOfText, second.pad]).toEqual([49406, 49407, 0])
})

test('a special token typed into a prompt is read as the letters it is made of', () => {
  // open_clip's ids of `<|endoftext|>` and `<|startoftext|>` as text.
  expect(first.encode('<|endoftext|>')).toEqual(first.encode('<| endoftext |>'))
  expect(first.encode('a <|ENDOFTEXT|>b')).toEqual(first.encode('a <| endoftext |> b'))
  expect(first.encode('<|startoftext|>')).toEqual(first.encode('<| startoftext |>'))
  const pieces = [
    '<|',
    'endoftext',
    'startoftext',
    '|>',
    '<|endoftext|>',
    '<|StartOfText|>',
    ' ',
    'Σ',
    '!',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const ids = second.encode(parts.join(''))
      expect(ids.filter((id) => id >= second.startOfText)).toEqual([])
    }),
  )
})

test('text that is no proper Unicode is still read', () => {
  expect(first.encode('cat \ud83d dog').at(0)).toBe(2368)
  expect(first.encode('cat \ud83d dog').at(-1)).toBe(1929)
})

describe('a folder of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clip-tokenizer-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const write = (name: string, content: unknown) =>
    writeFileSync(
      join(folder, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    )

  test('that holds no vocabulary is refused', () => {
    expect(() => loadClipTokenizer({ folder })).toThrow(/neither tokenizer.json nor vocab.json/)
  })

  test('that is not there leaves the published vocabulary', () => {
    const absent = join(folder, 'absent')
    expect(loadClipTokenizer({ folder: absent, pad: BIG_G_PAD }).encode('cat!')).toEqual([2368, 0])
  })

  test('is obeyed: vocabulary, merges and padding', () => {
    const tokens = [
      'c',
      'a',
      't</w>',
      'a</w>',
      'ca',
      'cat</w>',
      '!',
      '<|startoftext|>',
      '<|endoftext|>',
    ]
    write('vocab.json', Object.fromEntries(tokens.map((token, id) => [token, id])))
    write('merges.txt', '#version: 0.2\nc a\nca t</w>\n')
    write('special_tokens_map.json', { pad_token: { content: '!', lstrip: false } })
    const own = loadClipTokenizer({ folder })
    expect(own.encode('Cat a!')).toEqual([5, 3, 6])
    expect([own.startOfText, own.endOfText, own.pad]).toEqual([7, 8, 6])
  })

  test('is refused where its padding is not in its vocabulary', () => {
    write('special_tokens_map.json', { pad_token: '<pad>' })
    expect(() => loadClipTokenizer({ folder })).toThrow(/no token <pad>/)
    write('special_tokens_map.json', '{')
    expect(() => loadClipTokenizer({ folder })).toThrow(/special_tokens_map.json/)
  })

  test('may be a tokenizer.json, with the ids of the published one', () => {
    write('special_tokens_map.json', {})
    const published = new URL('./clip/tokenizer.json', import.meta.url)
    write('tokenizer.json', readFileSync(published, 'utf8'))
    write('tokenizer_config.json', { pad_token: '!', eos_token: { content: '<|endoftext|>' } })
    const own = loadClipTokenizer({ folder })
    expect(own.pad).toBe(0)
    expect(own.encode('wow!cat')).toEqual([2781, 0, 2368])
  })
})
