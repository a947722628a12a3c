import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

  test('refuses a folder that is no Qwen 2.5, with the mend', async () => {
    const { status, stderr } = await i2i(['enhance', 'a fox'], folder, { QWEN_PATH: 'nowhere' })
    expect(status).toBe(1)
    expect(stderr).toContain('name the folder of a Qwen 2.5')
  })
})
