import { expect, test } from 'vitest'
import { Failure } from './failure.ts'
import { type FailureKind, failureTable } from './failure-table.ts'

const rows: readonly (readonly [string, FailureKind])[] = Object.entries(failureTable)

test.each(rows)('%s is a kind in full', (code, kind) => {
  expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
  expect(kind.httpStatus).toBeGreaterThanOrEqual(400)
  expect(kind.httpStatus).toBeLessThan(600)
  expect(kind.meaning).toMatch(/^[A-Z].{10,80}\.$/)
})

test('no two kinds mean the same', () => {
  expect(new Set(rows.map(([, { meaning }]) => meaning)).size).toBe(rows.length)
})

test('what a user or policy is at fault for is never tried again, by anybody', () => {
  const ours = rows.filter(([, { fault }]) => fault === 'user' || fault === 'policy')
  const triedAgain = ours.filter(([, kind]) => kind.retryable || kind.mayFallBack)
  expect(triedAgain).toEqual([])
  expect(ours.length).toBeGreaterThan(20)
})

test('nothing of policy reaches another provider, a check that could not be made included', () => {
  const policy = rows.filter(([code]) => /^policy-|refused-content$/.test(code))
  expect(policy.filter(([, kind]) => kind.mayFallBack)).toEqual([])
  expect(policy.length).toBeGreaterThan(7)
})

test('a reference that cannot be had is taken to no other provider', () => {
  const reference = rows.filter(([code]) => /^(reference|image)-/.test(code))
  expect(reference.filter(([, kind]) => kind.mayFallBack)).toEqual([])
  expect(reference.length).toBeGreaterThan(6)
})

test('a status of 4xx is for users and policy, of 5xx for the others', () => {
  const odd = rows.filter(([code, { fault, httpStatus }]) => {
    const isTheirs = fault === 'user' || fault === 'policy'
    return isTheirs !== httpStatus < 500 && !code.startsWith('reference-')
  })
  expect(odd).toEqual([])
})

// The table of outcomes in which a chain of providers goes on, or ends.
test.each([
  ['worker-unavailable', false, true],
  ['worker-lost', true, true],
  ['out-of-memory', true, true],
  ['engine-crashed', true, true],
  ['storage-failed', true, true],
  ['deadline-expired', false, true],
  ['request-invalid', false, false],
  ['rate-limited', false, false],
  ['reference-blocked', false, false],
  ['policy-prompt', false, false],
  ['provider-refused-content', false, false],
  ['provider-denied', false, true],
  ['provider-throttled', true, true],
  ['provider-unavailable', true, true],
  ['provider-ambiguous', false, true],
  ['provider-output-lost', true, false],
] as const)('%s: tried again there %s, elsewhere %s', (code, retryable, mayFallBack) => {
  expect(new Failure(code, 'what happened')).toMatchObject({ retryable, mayFallBack })
})
