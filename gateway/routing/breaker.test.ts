import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Failure, type FailureCode, failureTable } from '#contract'
import { type Breaker, countedFailures, createBreaker } from './breaker.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 }))
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)
const settled = () => new Promise((resolve) => setImmediate(resolve))
const failing = (code: FailureCode) => () => Promise.reject(new Failure(code, 'as ordered'))

async function fail(breaker: Breaker, code: FailureCode, times = 1) {
  for (let n = 0; n < times; n++) await breaker.run(failing(code)).catch(() => {})
}

async function opened(): Promise<Breaker> {
  const breaker = createBreaker({ provider: 'replicate' })
  await fail(breaker, 'provider-unavailable', 5)
  return breaker
}

test('the fifth failure in a row opens it, and nothing is asked then', async () => {
  const breaker = createBreaker({ provider: 'replicate' })
  await fail(breaker, 'provider-unavailable', 4)
  await breaker.run(async () => 'well')
  await fail(breaker, 'provider-ambiguous', 4)
  expect(breaker.state()).toBe('closed')
  await fail(breaker, 'provider-denied')
  expect(breaker.state()).toBe('open')
  const work = vi.fn(async () => 'asked')
  await expect(breaker.run(work)).rejects.toMatchObject({ code: 'provider-unavailable' })
  expect(work).not.toHaveBeenCalled()
})

test('what a caller or a policy is to blame for never opens it', async () => {
  const innocent = Object.entries(failureTable).flatMap(([code, { fault }]) =>
    fault === 'user' || fault === 'policy' ? [code as FailureCode] : [],
  )
  const others = ['provider-throttled', 'reference-unreachable', 'deadline-expired'] as const
  const breaker = createBreaker({ provider: 'replicate' })
  for (const code of [...innocent, ...others]) {
    expect(countedFailures.has(code)).toBe(false)
    for (let n = 0; n < 100; n++) breaker.heard(code)
    await fail(breaker, code, 6)
    expect([code, breaker.state()]).toEqual([code, 'closed'])
  }
})

test('one job tries it after ten seconds, and the others are kept from it meanwhile', async () => {
  const breaker = await opened()
  later(9_999)
  expect(breaker.state()).toBe('open')
  later(1)
  expect(breaker.state()).toBe('half-open')
  let release = () => {}
  const probe = breaker.run(() => new Promise<void>((resolve) => (release = resolve)))
  expect(breaker.state()).toBe('open')
  const work = vi.fn(async () => 'asked')
  await expect(breaker.run(work)).rejects.toMatchObject({ code: 'provider-unavailable' })
  expect(work).not.toHaveBeenCalled()
  release()
  await probe
  expect(breaker.state()).toBe('closed')
})

test('each probe that fails doubles the wait, up to two minutes', async () => {
  const breaker = await opened()
  for (const seconds of [10, 20, 40, 80, 120, 120]) {
    later(seconds * 1000 - 1)
    expect(breaker.state()).toBe('open')
    later(1)
    expect([seconds, breaker.state()]).toEqual([seconds, 'half-open'])
    await fail(breaker, 'provider-unavailable')
    expect(breaker.state()).toBe('open')
  }
})

test('a job that was routed is the probe until its outcome is heard of, or never was', async () => {
  const breaker = await opened()
  later(10_000)
  breaker.take()
  expect(breaker.state()).toBe('open')
  later(60_000)
  expect(breaker.state()).toBe('half-open')
  breaker.take()
  breaker.heard('request-invalid')
  expect(breaker.state()).toBe('half-open')
  breaker.take()
  breaker.heard()
  await settled()
  expect(breaker.state()).toBe('closed')
})

test('what is heard of late while it is open changes nothing', async () => {
  const breaker = await opened()
  breaker.heard()
  await settled()
  expect(breaker.state()).toBe('open')
})

test('a provider that refuses the content of a probe is there again', async () => {
  const breaker = await opened()
  later(10_000)
  await fail(breaker, 'provider-refused-content')
  expect(breaker.state()).toBe('closed')
})

test('a clock that goes on between two looks at it makes no other error of it', async () => {
  let now = 1_000_000
  vi.spyOn(Date, 'now').mockImplementation(() => now++)
  const breaker = await opened()
  while (breaker.state() !== 'half-open') now += 1
  now -= 3
  vi.spyOn(Date, 'now').mockImplementation(() => now)
  for (let early = 0; early < 6; early++, now++) {
    const outcome = await breaker.run(async () => 'well').catch((error) => error)
    if (outcome !== 'well') expect(outcome).toMatchObject({ code: 'provider-unavailable' })
  }
})
