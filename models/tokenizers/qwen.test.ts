import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openQwen2Folder } from '#models/checkpoints/qwen2-folder.ts'
import { openQwenTokenizer } from './qwen.ts'
import { SPECIALS, writeTinyQwen } from './tiny-qwen.case.ts'

let path = ''
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-tokenizer-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  path = await writeTinyQwen(folder)
})

const open = async () => openQwenTokenizer(await openQwen2Folder(path))

test('a text is given back as it was, without what ends it and what no token is', async () => {
  const { encode, decode, ends } = await open()
  const text = ' two cats (1.2), 東京 🦊, "quoted"'
  expect(decode([...encode(text), 500, 502, 511])).toBe(text)
  expect(ends).toEqual([SPECIALS[0]])
})

test('all tokens with a line’s end in them stop it, and the ends of texts and turns', async () => {
  const { encode, stopIds } = await open()
  expect([...stopIds].toSorted((a, b) => a - b)).toEqual([...encode('\n'), 500, 502])
})

test.each(['tokenizer.json', 'tokenizer_config.json'])(
  'a folder without %s is told so',
  async (name) => {
    await rm(join(path, name))
    await expect(open()).rejects.toMatchObject({
      code: 'checkpoint-invalid',
      message: expect.stringMatching(new RegExp(`${path} has no ${name}: download`)),
    })
  },
)

test('a damaged one is told so', async () => {
  await writeFile(join(path, 'tokenizer.json'), '{"version": ')
  await expect(open()).rejects.toThrow(/cannot be read \(.*download tokenizer\.json/)
})

test('one of another model is refused, with what shows it', async () => {
  const clip = new URL('./clip/', import.meta.url).pathname
  await copyFile(join(clip, 'tokenizer.json'), join(path, 'tokenizer.json'))
  await expect(open()).rejects.toThrow(/it has 49408 tokens, where the network has 512/)
})

test('one whose ends of text are others is refused', async () => {
  await writeFile(join(path, 'generation_config.json'), '{"eos_token_id": [500, 97]}')
  await expect(open()).rejects.toThrow(/token 97 is to end a text, and it has "\S+" there/)
})
