import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Failure, type FailureCode, failureTable } from '#contract'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { classOfFailure, fallbackTable } from '../routing/fallback.ts'
import { type CareTest, careTest } from './caretaker.case.ts'
import { standIn } from './stand-in-provider.case.ts'

/** What becomes of a job whose first provider ends it so: how often it is asked in all, and whether another is. */
const rows = Object.keys(failureTable).map((each) => {
  const code = each as FailureCode
  const { again, isNextAllowed } = fallbackTable[classOfFailure(code)]
  return { code, first: again + 1, next: isNextAllowed ? 1 : 0, fault: failureTable[code].fault }
})
/** Ends no attempt: nothing could be written of it. */
const OURS: readonly FailureCode[] = ['database-unavailable']

const [somewhere] = databasesHere
const decoder = new Decoder()
let database: Database
let care: CareTest | undefined
beforeAll(async () => {
  database = await somewhere!.open()
})
afterAll(() => Promise.all([decoder[Symbol.asyncDispose](), database[Symbol.asyncDispose]()]))

async function run(refuses: Failure, wish: { readonly isAfterwards: boolean }) {
  const failed = () => ({ kind: 'failed', failure: refuses, costMicros: 40 }) as const
  const first = standIn('replicate', wish.isAfterwards ? { state: failed } : { refuses })
  const next = standIn('fal-ai', { state: () => ({ kind: 'cancelled' }) })
  care = await careTest({ database, decoder, providers: [first.provider, next.provider] })
  const caretaker = care.start()
  // Each wait of the table is passed over: how long they are is another test's.
  const hurry = setInterval(() => {
    void database
      .query(`update i2i.attempts set look_at = now() where state = 'waiting' and look_at > now()`)
      .then(caretaker.nudge)
  }, 10)
  try {
    const { id } = await care.accept()
    const row = await care.ended(id)
    return { row, first: first.calls, next: next.calls, charges: await care.count('charges', id) }
  } finally {
    clearInterval(hurry)
    await care[Symbol.asyncDispose]()
  }
}

describe('a provider that refuses with', () => {
  const refusals = rows.filter(({ code }) => !OURS.includes(code))
  test.each(refusals)('$code is asked $first times, another $next times', async (expected) => {
    const { code } = expected
    const { row, first, next, charges } = await run(new Failure(code, 'as ordered'), {
      isAfterwards: false,
    })
    expect([first.submit, next.submit]).toEqual([expected.first, expected.next])
    if (expected.fault === 'user' || expected.fault === 'policy') expect(next.submit).toBe(0)
    expect(row.failure?.code).toBe(expected.next > 0 ? 'provider-failed' : code)
    expect(charges).toBe(0)
  })
})

describe('a provider that took the job, and ends it with', () => {
  const ends = ['provider-failed', 'provider-refused-content', 'provider-output-lost'] as const
  test.each(ends)('%s', async (code) => {
    const expected = rows.find((each) => each.code === code)
    const { first, next, row } = await run(new Failure(code, 'as ordered'), { isAfterwards: true })
    expect([first.submit, next.submit]).toEqual([1, expected?.next])
    expect(row.status).toBe('failed')
  })
})

test('a provider that failed five jobs is left alone, and the sixth costs no request', async () => {
  const first = standIn('replicate', { refuses: 'provider-denied' })
  const next = standIn('fal-ai', { state: () => ({ kind: 'cancelled' }) })
  care = await careTest({ database, decoder, providers: [first.provider, next.provider] })
  care.start()
  for (let n = 0; n < 6; n++) await care.ended((await care.accept()).id)
  expect([first.calls.submit, next.calls.submit]).toEqual([5, 6])
  await care[Symbol.asyncDispose]()
})
