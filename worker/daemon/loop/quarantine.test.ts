import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createQuarantine, type Quarantine } from './quarantine.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

it('begins with the third crash of the engine within ten minutes', () => {
  let now = 0
  const quarantine = createQuarantine({ now: () => now })
  for (const minute of [0, 4, 11, 13]) {
    now = minute * MINUTE
    quarantine.note(minute === 4 ? 'engine-hung' : 'engine-crashed')
    expect(quarantine.isOn()).toBe(minute === 13)
  }
  expect(quarantine.reason()).toBe('engine-crashed')
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

describe('a self-test', () => {
  let now = 0
  const begin = (code: 'engine-crashed' | 'storage-failed', times: number) => {
    now = 0
    const quarantine = createQuarantine({ now: () => now })
    for (let i = 0; i < times; i++) quarantine.note(code)
    return quarantine
  }
  /** Seconds until a test is due. */
  const wait = (quarantine: Quarantine) => {
    const from = now
    while (!quarantine.isTestDue()) now += SECOND
    return (now - from) / SECOND
  }

  it('is due at once after the third crash, and ends the quarantine where it passes', () => {
    const quarantine = begin('engine-crashed', 3)
    expect(wait(quarantine)).toBe(0)
    quarantine.passed()
    expect([quarantine.isOn(), quarantine.isTestDue(), quarantine.reason()]).toEqual([
      false,
      false,
      undefined,
    ])
  })

  it('that fails is tried again after five seconds, then after twice as long each time', () => {
    const quarantine = begin('engine-crashed', 3)
    const waits = Array.from({ length: 8 }, () => {
      quarantine.failed('device-unavailable')
      return wait(quarantine)
    })
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300])
    expect(quarantine.reason()).toBe('device-unavailable')
  })

  it('is due later and later for an engine that passes it and crashes again soon', () => {
    const quarantine = begin('engine-crashed', 3)
    const waits = Array.from({ length: 7 }, () => {
      const waited = wait(quarantine)
      quarantine.passed()
      // The window still holds those before, as long as they are young: else three more are needed.
      while (!quarantine.isOn()) quarantine.note('engine-crashed')
      return waited
    })
    expect(waits).toEqual([0, 30, 60, 120, 240, 480, 600])
  })

  it('is begun anew by one crash after a pass, and not by another failure', () => {
    const quarantine = begin('engine-crashed', 3)
    quarantine.passed()
    quarantine.note('storage-failed')
    expect(quarantine.isOn()).toBe(false)
    quarantine.note('engine-hung')
    expect(quarantine.isOn()).toBe(true)
  })

  it('gives a service that has failed five times half a minute', () => {
    expect(wait(begin('storage-failed', 5))).toBe(30)
  })

  it('is due at once again after an hour without a quarantine', () => {
    const quarantine = begin('engine-crashed', 3)
    quarantine.passed()
    now += 61 * MINUTE
    for (let i = 0; i < 3; i++) quarantine.note('engine-crashed')
    expect([quarantine.isOn(), wait(quarantine)]).toEqual([true, 0])
  })
})

it('does not wait for a clock that was put back', () => {
  onTestFinished(() => void vi.useRealTimers())
  vi.useFakeTimers({ toFake: ['Date'] })
  const quarantine = createQuarantine()
  for (let i = 0; i < 3; i++) quarantine.note('engine-crashed')
  vi.setSystemTime(Date.now() - 60 * MINUTE)
  expect([quarantine.isOn(), quarantine.isTestDue()]).toEqual([true, true])
})
