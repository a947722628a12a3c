/** One life of a job in which everything that may end it happens, in an order that a seed decides (A22). */
import { randomUUID } from 'node:crypto'
import { type FailureCode, failureTable, writeResult } from '#contract'
import type { Database, Sql } from '../database/database.ts'
import { beginNextAttempt, openAttempt } from '../store/attempts.ts'
import { jobById } from '../store/find-jobs.ts'
import { settle } from '../store/settle.ts'
import { answerWishes, cancelJob } from './cancel.ts'
import { goOn } from './go-on.ts'
import { ANNA, assetOf, bookOf, cat, type TestGateway } from './jobs.case.ts'
import { endLocal, type LocalEnd } from './settle-local.ts'

/** From 0 up to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A database that answers one question at a time, and of those that are asked at once any one first. */
export function inSomeOrder(database: Database, random: () => number): Database {
  const asked: (() => Promise<void>)[] = []
  let isRunning = false
  const run = async () => {
    isRunning = true
    // Whoever goes on with an answer has asked its next question by then.
    await new Promise(setImmediate)
    while (asked.length > 0) {
      const [next] = asked.splice(Math.floor(random() * asked.length), 1)
      await next?.()
      await new Promise(setImmediate)
    }
    isRunning = false
  }
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      asked.push(() => work().then(resolve, reject))
      if (!isRunning) void run()
    })
  return {
    ...database,
    query: (text, values) => inTurn(() => database.query(text, values)),
    transaction: (work) => inTurn(() => database.transaction(work)),
  }
}

/** Everything ends, whatever comes first. @returns what the database says of the job then. */
export async function liveThrough(made: TestGateway, database: Database, random: () => number) {
  const parts = { ...made.parts, database }
  const callback_url = 'https://example.com/cb'
  const accepted = await made.accept(
    { ...cat, callback_url, deadline_ms: 60_000 },
    { caller: ANNA, surface: 'v1' },
  )
  const { id, attemptId } = accepted.row
  const local = { id: attemptId, jobId: id, provider: 'local-sdxl' } as const
  const result = { assets: [assetOf(id)] }
  const roll = random()
  const end: LocalEnd =
    roll < 0.5
      ? { id, status: 'completed', code: '', result: writeResult(result) }
      : roll < 0.75
        ? { id, status: 'failed', code: 'out-of-memory', result: '' }
        : { id, status: 'cancelled', code: '', result: '' }
  const taken = { state: 'cancelled', code: 'worker-unavailable', message: 'Too late.' } as const

  const localFinishes = () => endLocal(end, parts)
  const fallsBack = () => goOn({ attempt: local, ...taken }, parts)
  const cancels = () => cancelJob(id, ANNA, parts)
  const expires = async () => {
    const row = await jobById(database, id)
    if (row) await fail(database, { id: row.attemptId, jobId: id }, 'deadline-expired')
  }
  const remoteFinishes = async () => {
    const attempt = await openAttempt(database, id)
    if (attempt === undefined || attempt.provider === 'local-sdxl') return
    if (random() < 0.5) await settle(database, attempt, { status: 'completed', result })
    else await goOn({ attempt, state: 'failed', code: 'provider-failed', message: 'No.' }, parts)
  }
  // The gateway dies: what it was told is told again to the next, and what it asked for is asked again.
  const restarts = async () => {
    await answerWishes(parts)
    await localFinishes()
  }
  const events = [
    localFinishes,
    fallsBack,
    remoteFinishes,
    remoteFinishes,
    restarts,
    ...(random() < 0.5 ? [cancels] : []),
    ...(random() < 0.5 ? [expires] : []),
  ]
  const later = Math.floor(random() * 20)
  await Promise.all(
    events.map(async (event) => {
      for (let wait = Math.floor(random() * later); wait > 0; wait--) {
        await new Promise(setImmediate)
      }
      await event()
    }),
  )
  // Nothing is under way any more: the deadline ends what nobody did.
  await answerWishes(parts)
  await expires()
  return { id, book: await bookOf(database, id) }
}

async function fail(sql: Sql, attempt: { id: string; jobId: string }, code: FailureCode) {
  const message = failureTable[code].meaning
  await settle(sql, attempt, { status: 'failed', code, message })
}

/** Twenty at once that all want to be the next attempt of one job. @returns how many were. */
export async function raceForNext(database: Database, made: TestGateway): Promise<number> {
  const { row } = await made.accept(cat, { caller: ANNA, surface: 'v1' })
  const ended = { id: row.attemptId, state: 'failed', provider: 'local-sdxl' } as const
  const after = { ...ended, code: 'worker-lost' } as const
  const next = { jobId: row.id, provider: 'replicate', notes: [], after } as const
  const all = Array.from({ length: 20 }, () =>
    beginNextAttempt(database, { ...next, id: randomUUID() }),
  )
  return (await Promise.all(all)).filter(Boolean).length
}
