import { describe, expect, test } from 'vitest'
import { type FailureCode, failureTable } from '#contract'
import { afterFailure, classOfFailure } from './fallback.ts'

const at = { provider: 'replicate', attemptsHere: 1, remainingMs: 100_000, random: 1 } as const
const codes = Object.keys(failureTable).map((code) => code as FailureCode)

/** The rows of the table, in its own words: what the same provider may do, and whether another may. */
const rows: readonly (readonly [FailureCode, number, boolean])[] = [
  // No live worker, too long a line, or too late in it.
  ['worker-unavailable', 0, true],
  ['queue-full', 0, true],
  ['deadline-expired', 0, true],
  // What runs our workers, and providers that are away.
  ['worker-lost', 2, true],
  ['out-of-memory', 2, true],
  ['engine-crashed', 2, true],
  ['engine-hung', 2, true],
  ['provider-unavailable', 2, true],
  ['provider-throttled', 2, true],
  // Parameters, rights and quotas.
  ['request-invalid', 0, false],
  ['request-too-large', 0, false],
  ['unauthorized', 0, false],
  ['forbidden', 0, false],
  ['quota-exceeded', 0, false],
  ['rate-limited', 0, false],
  ['cancelled', 0, false],
  // References.
  ['reference-blocked', 0, false],
  ['reference-forbidden', 0, false],
  ['reference-not-found', 0, false],
  ['reference-too-large', 0, false],
  ['image-unreadable', 0, false],
  ['image-too-large', 0, false],
  ['reference-unreachable', 2, false],
  ['reference-timeout', 2, false],
  // Policy: ours and the provider's.
  ['policy-prompt', 0, false],
  ['policy-reference', 0, false],
  ['policy-output', 0, false],
  ['policy-content-mode', 0, false],
  ['policy-check-failed', 0, false],
  ['provider-refused-content', 0, false],
  // The operator's to mend.
  ['provider-denied', 0, true],
  ['checkpoint-invalid', 0, true],
  ['device-unavailable', 0, true],
  ['storage-failed', 0, true],
  // It ran, or may have run.
  ['provider-ambiguous', 0, true],
  ['provider-failed', 0, true],
  ['poison', 0, true],
  ['provider-output-lost', 0, false],
  ['too-busy', 0, false],
  ['internal', 0, false],
]

describe('a remote attempt that failed', () => {
  test.each(rows)('%s: %d more tries, next %s', (code, again, isNextAllowed) => {
    for (let attemptsHere = 1; attemptsHere <= again; attemptsHere++) {
      expect(afterFailure(code, { ...at, attemptsHere })).toMatchObject({ step: 'again' })
    }
    const then = afterFailure(code, { ...at, attemptsHere: again + 1 })
    expect(then).toEqual({ step: isNextAllowed ? 'next' : 'end' })
  })

  test('no code goes to another provider that the failure table keeps from it', () => {
    for (const code of codes) {
      const { step } = afterFailure(code, { ...at, attemptsHere: 9 })
      expect([code, step === 'next']).toEqual([code, failureTable[code].mayFallBack])
      const fault = failureTable[code].fault
      if (fault === 'user' || fault === 'policy') {
        expect([code, afterFailure(code, at)]).toEqual([code, { step: 'end' }])
        expect(classOfFailure(code)).toBe(fault)
      }
    }
  })
})

test('what our own queue has tried again goes on', () => {
  for (const code of ['worker-lost', 'out-of-memory', 'engine-crashed'] as const) {
    expect(afterFailure(code, { ...at, provider: 'local-sdxl' })).toEqual({ step: 'next' })
  }
})

test('the time that a provider asks for is kept, where the job can wait', () => {
  const throttled = (more: object) => afterFailure('provider-throttled', { ...at, ...more })
  expect(throttled({ atLeastMs: 30_000 })).toEqual({ step: 'again', afterMs: 30_000 })
  expect(throttled({ atLeastMs: 30_000, remainingMs: 40_000 })).toEqual({ step: 'next' })
  expect(throttled({ atLeastMs: 61_000, remainingMs: undefined })).toEqual({ step: 'next' })
  expect(throttled({ atLeastMs: 60_000, remainingMs: undefined })).toMatchObject({ step: 'again' })
})

test('tries come later and later, with jitter', () => {
  const after = (attemptsHere: number, random: number) =>
    afterFailure('provider-unavailable', { ...at, attemptsHere, random })
  expect([after(1, 0), after(1, 1), after(2, 0), after(2, 1)]).toEqual([
    { step: 'again', afterMs: 250 },
    { step: 'again', afterMs: 500 },
    { step: 'again', afterMs: 500 },
    { step: 'again', afterMs: 1000 },
  ])
})

test('a job whose time is over goes nowhere', () => {
  for (const remainingMs of [0, -1]) {
    expect(afterFailure('provider-unavailable', { ...at, remainingMs })).toEqual({ step: 'end' })
  }
})
