import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { clipTokenizerJson } from './clip-json.ts'

test('the published vocabulary and merges make the published tokenizer.json', () => {
  const published = JSON.parse(
    readFileSync(new URL('./clip/tokenizer.json', import.meta.url), 'utf8'),
  )
  const merges = ['#version: 0.2', ...published.model.merges, ''].join('\n')
  const made = clipTokenizerJson(published.model.vocab, merges)
  expect(made.model).toEqual(published.model)
  expect(made.normalizer).toEqual(published.normalizer)
  expect(made.pre_tokenizer).toEqual(published.pre_tokenizer)
  expect(made.added_tokens.map(({ id, content }) => [id, content])).toEqual([
    [49406, '<|startoftext|>'],
    [49407, '<|endoftext|>'],
  ])
})
