import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { writeTinyQwen } from '#models/tokenizers/tiny-qwen.case.ts'
import { readParameters } from '#platform/image/read-parameters.ts'
import { makeOverflow } from '../enhance/make-overflow.case.ts'
import { writeScriptedQwen } from '../enhance/scripted-qwen.case.ts'
import { i2i, temporaryFolder } from './i2i.case.ts'

const home = await temporaryFolder()
afterAll(() => home[Symbol.asyncDispose]())
const folder = home.path

describe('enhance, without a model,', () => {
  test('prints the prompt as it would be drawn, with its style, and why nothing else is added', async () => {
    const { status, stdout } = await i2i(['enhance', 'a fox.', '--mood', 'epic'], folder)
    expect(status).toBe(0)
    expect(stdout).toBe(
      'a fox. epic atmosphere\n' +
        '  as written: QWEN_PATH names no Qwen 2.5\n' +
        '  style: epic atmosphere\n' +
        '  5 tokens of 75 in CLIP’s window\n',
    )
  })

  test('refuses what is out of range, by the option’s name, before a model is opened', async () => {
    const environment = { QWEN_PATH: 'nowhere' }
    const { status, stderr } = await i2i(['enhance', 'a', '--seed', '-1'], folder, environment)
    expect([status, stderr]).toEqual([1, expect.stringContaining('--seed must be')])
  })
})

describe('enhance, with a model,', () => {
  let QWEN_PATH = ''
  beforeAll(async () => {
    const phrases = [' golden hour light', ', a naked man', ', misty forest', ', fine film grain']
    QWEN_PATH = await writeScriptedQwen(folder, phrases)
  })

  test('prints what it adds, and what of it was left out by which rule', async () => {
    const typed = ['enhance', 'a (fox:1.2) 🦊', '--lighting', 'neon']
    const { status, stdout, stderr } = await i2i(typed, folder, { QWEN_PATH })
    expect(status, stderr).toBe(0)
    const [drawn, how, ...rest] = stdout.trimEnd().split('\n')
    expect(drawn).toBe(
      'a (fox:1.2) 🦊, golden hour light, misty forest, fine film grain, neon light',
    )
    expect(how).toMatch(/^ {2}enhanced in \d+\.\d s$/)
    expect(rest).toEqual([
      '  style: neon light',
      '  left out, nudity: a naked man',
      expect.stringMatching(/^ {2}\d+ tokens of 75/),
    ])
  })

  test('tells the same to programs, of an edit without its places, and draws nothing', async () => {
    const before = await readdir(folder)
    const { stdout } = await i2i(['enhance', 'a fox', '--edit', '--json'], folder, { QWEN_PATH })
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ mode: 'modify', prompt: 'a fox', style: '' },
      drawn: 'a fox, golden hour light, fine film grain',
      enhancement: {
        source: 'qwen',
        dropped: [
          { text: 'a naked man', rule: 'nudity' },
          { text: 'misty forest', rule: 'unknown-word' },
        ],
      },
    })
    expect(await readdir(folder)).toEqual(before)
  })

  test('says so where the model’s numbers overflow, and goes on with the prompt as written', async () => {
    const broken = await writeTinyQwen(join(folder, 'broken'))
    await makeOverflow(broken)
    const asked = await i2i(['enhance', 'a fox'], folder, { QWEN_PATH: broken })
    expect(asked.status, asked.stderr).toBe(0)
    expect(asked.stderr).toContain('The prompt is drawn as it was written. The numbers of Qwen 2.5')
    expect(asked.stdout).toMatch(/^a fox\n {2}as written: unfit\n/)
  })

  test('what is drawn is enhanced as it says, and as it is written where that is asked', async () => {
    const checkpoint = await writeCheckpoint(join(folder, 'checkpoint'), 'tiny-folder')
    const typed = ['generate', 'a fox', '--checkpoint', checkpoint, '--steps', '1', '--json']
    const [enhanced, plain] = await Promise.all([
      i2i([...typed, '--mood', 'epic'], folder, { QWEN_PATH }),
      i2i([...typed, '--as-written', '--out', 'plain.png'], folder, { QWEN_PATH }),
    ])
    expect([enhanced.status, plain.status], enhanced.stderr + plain.stderr).toEqual([0, 0])
    const drawn = 'a fox, golden hour light, misty forest, fine film grain, epic atmosphere'
    const said = JSON.parse(enhanced.stdout)
    expect(said).toMatchObject({
      ...{ prompt: drawn, originalPrompt: 'a fox' },
      enhancement: { source: 'qwen' },
    })
    expect(await readParameters(await readFile(join(folder, 'generate.png')))).toMatchObject({
      prompt: drawn,
    })
    expect(JSON.parse(plain.stdout)).toMatchObject({ prompt: 'a fox', originalPrompt: 'a fox' })
    expect(JSON.parse(plain.stdout).enhancement).toBeUndefined()
  })
})
