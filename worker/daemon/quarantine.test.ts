import { expect, it } from 'vitest'
import { createQuarantine } from './quarantine.ts'

const MINUTE = 60_000

it('begins with the third crash of the engine within ten minutes, and ends when that is long ago', () => {
  let now = 0
  const quarantine = createQuarantine({ now: () => now })
  for (const minute of [0, 4, 9]) {
    now = minute * MINUTE
    expect(quarantine.isOn()).toBe(false)
    quarantine.note(minute === 4 ? 'engine-hung' : 'engine-crashed')
  }
  expect(quarantine.isOn()).toBe(true)
  now = 10 * MINUTE
  expect(quarantine.isOn()).toBe(false)
})

it('begins with the fifth failure of what the worker stands on', () => {
  const quarantine = createQuarantine({ now: () => 0 })
  for (let i = 0; i < 4; i++) quarantine.note('storage-failed')
  expect(quarantine.isOn()).toBe(false)
  quarantine.note('checkpoint-invalid')
  expect(quarantine.isOn()).toBe(true)
})

it('is begun by no number of jobs that are wrong themselves', () => {
  const quarantine = createQuarantine({ now: () => 0 })
  const codes = ['request-invalid', 'reference-unreachable', 'policy-prompt', 'internal'] as const
  for (let i = 0; i < 20; i++) for (const code of codes) quarantine.note(code)
  expect(quarantine.isOn()).toBe(false)
})
