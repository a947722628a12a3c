import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Failure } from '#contract'
import { writeTinyQwen } from '#models/tokenizers/tiny-qwen.case.ts'
import type { QwenPlace } from './messages.ts'
import { checkQwen } from './open-qwen.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-qwen-'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

const check = (path: string, more: Partial<QwenPlace> = {}) =>
  checkQwen({ path, weights: 'full', device: 'cpu', threads: 1, ...more })

describe('a folder', () => {
  test('has one identity for one model in one form', async () => {
    const path = await writeTinyQwen(folder)
    const identity = async (weights: QwenPlace['weights']) =>
      (await check(path, { weights })).info.identity
    const [full, packed] = [await identity('full'), await identity('4bit')]
    expect(full).not.toBe(packed)
    await using _ = await (await check(path, { weights: '4bit' })).open(() => {})
    expect([await identity('full'), await identity('4bit')]).toEqual([full, packed])
    await writeFile(join(path, 'generation_config.json'), '{"eos_token_id": 502}')
    expect(await identity('full')).not.toBe(full)
  })

  test('is of an instructed model where a turn is what ends a text', async () => {
    const path = await writeTinyQwen(folder)
    expect((await check(path)).info.template).toBe('base')
    await writeFile(join(path, 'generation_config.json'), '{"eos_token_id": [502, 500]}')
    expect((await check(path)).info.template).toBe('instruct')
  })

  test('takes the file of four bits, or another is named, which may be new', async () => {
    const path = await writeTinyQwen(folder)
    const open = async (fourBitFolder?: string) => {
      const { open } = await check(path, { weights: '4bit', fourBitFolder })
      await using _ = await open(() => {})
    }
    await open(join(folder, 'new', 'place'))
    await writeFile(join(folder, 'file'), '')
    await expect(open(join(folder, 'file'))).rejects.toThrow(
      /cannot be written to .* Set QWEN_FOUR_BIT_FOLDER to a folder on a disk with room/,
    )
  })
})

describe('is refused, with the mend', () => {
  const refused = async (path: string) => {
    const error = await check(path).catch((thrown) => thrown)
    return error instanceof Failure ? `${error.code}: ${error.message}` : 'taken'
  }

  test('what is no folder of a Qwen 2.5', async () => {
    expect(await refused(join(folder, 'nowhere'))).toMatch(
      /^checkpoint-invalid: No folder can be read at .*: name the folder of a Qwen 2\.5/,
    )
    expect(await refused(folder)).toMatch(/^checkpoint-unsupported: .* has no config\.json/)
    await mkdir(join(folder, 'llama'))
    await writeFile(join(folder, 'llama', 'config.json'), '{"model_type": "llama"}')
    expect(await refused(join(folder, 'llama'))).toMatch(/"llama", not qwen2: name the folder/)
  })

  test('one that lacks a shard', async () => {
    const path = await writeTinyQwen(folder, { variant: 'untied', shards: 3 })
    await rm(join(path, 'model-00002-of-00003.safetensors'))
    expect(await refused(path)).toMatch(/^checkpoint-invalid: .*model-00002-of-00003\.safetensors/)
  })

  test('one without its tokenizer', async () => {
    const path = await writeTinyQwen(folder)
    await rm(join(path, 'tokenizer.json'))
    expect(await refused(path)).toMatch(/^checkpoint-invalid: .* has no tokenizer\.json: download/)
  })
})
