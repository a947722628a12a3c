/** What people ask for all day must pass, and nothing that they write may hide what must not. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Job } from '#contract'
import { readShippedRules } from './read-rules.ts'
import { createScreen, screen } from './screen.ts'

const linesOf = (name: string) =>
  readFileSync(join(import.meta.dirname, name), 'utf8')
    .trim()
    .split('\n')
const prompts = linesOf('ordinary-prompts.txt')

const job = (prompt: string, given: Partial<Job> = {}): Job => ({
  ...{ id: 'a', source: 'gateway', mode: 'txt2img', loras: [], metadata: {} },
  asked: { prompt, negativePrompt: 'nsfw, nude, child, blurry, (bad hands:1.3)' },
  ...{ contentMode: 'sfw', enhance: false },
  ...given,
})

it('wrongly refuses at most 5 of more than 1,000 ordinary prompts', async () => {
  expect(new Set(prompts).size).toBeGreaterThan(1_060)
  const refused: string[] = []
  for (const prompt of prompts) if (await screen(job(prompt), 'asked')) refused.push(prompt)
  expect(refused.length, refused.join('\n')).toBeLessThanOrEqual(5)
})

it('refuses none of what is asked for of adults, where that is granted', async () => {
  const granted = createScreen({ rules: readShippedRules(), granted: 'nsfw' })
  const refused: string[] = []
  for (const prompt of linesOf('prompts-of-adults.txt')) {
    const verdict = await granted(job(prompt, { contentMode: 'nsfw' }), 'asked')
    if (verdict) refused.push(prompt)
  }
  expect(refused).toEqual([])
})

it('sees what must be refused within each of them', async () => {
  const standIn = { version: '1', about: '', minor: ['zorblat'], sexual: ['vexnaro'] }
  const strict = createScreen({ rules: [...readShippedRules(), standIn], granted: 'nsfw' })
  const passed: string[] = []
  for (const prompt of prompts) {
    const middle = prompt.indexOf(' ', prompt.length / 2) + 1 || prompt.length
    const [before, after] = [prompt.slice(0, middle), prompt.slice(middle)]
    const verdict = await strict(job(`z.o-r b l a t ${before} (vex:1.1)naro ${after}`), 'asked')
    if (verdict?.code !== 'policy-prompt') passed.push(prompt)
  }
  expect(passed).toEqual([])
})
