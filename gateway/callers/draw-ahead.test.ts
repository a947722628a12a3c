import { expect, it } from 'vitest'
import type { Buckets } from './buckets.ts'
import { drawAhead } from './draw-ahead.ts'
import { memoryBuckets } from './memory-buckets.ts'

/** Buckets that say how often they were asked. */
function counted(now: () => number) {
  const buckets = memoryBuckets(now)
  const asked = { times: 0 }
  const take: Buckets['take'] = async (name, cost, size) => {
    asked.times++
    return await buckets.take(name, cost, size)
  }
  return { asked, take }
}

it('a bucket that a thousand a second draw from is asked seldom while it holds enough', async () => {
  let now = 0
  const { asked, take } = counted(() => now)
  const { take: draw } = drawAhead({ take }, () => now)
  const size = { burst: 200_000, perMinute: 1_000_000 }
  for (; now < 10_000; now++) expect((await draw('address', 1, size)).taken).toBe(true)
  // The first hundred one by one, then a hand each time that one is empty.
  expect(asked.times).toBeLessThan(210)
})

it('no more is given than a bucket holds, and little less, however it is asked for', async () => {
  let now = 0
  const { take } = counted(() => now)
  const { take: draw } = drawAhead({ take }, () => now)
  const size = { burst: 2_000, perMinute: 30_000 }
  let taken = 0
  for (; now < 10_000; now++) if ((await draw('one by one', 1, size)).taken) taken++
  expect(taken).toBeLessThanOrEqual(2_000 + 5_000)
  expect(taken).toBeGreaterThan(6_900)

  const slow = { burst: 100, perMinute: 1 }
  const round = async () => {
    const all = Array.from({ length: 30 }, () => draw('at once', 1, slow))
    return (await Promise.all(all)).filter((one) => one.taken).length
  }
  taken = 0
  for (let i = 0; i < 10; i++, now += 100) taken += await round()
  expect(taken).toBeLessThanOrEqual(100)
  expect(taken).toBeGreaterThanOrEqual(85)
})

it('who asks seldom is told exactly what is left', async () => {
  let now = 0
  const { asked, take } = counted(() => now)
  const { take: draw } = drawAhead({ take }, () => now)
  const size = { burst: 3, perMinute: 300 }
  for (const left of [2, 1, 0]) expect((await draw('a', 1, size)).left).toBe(left)
  expect(await draw('a', 1, size)).toMatchObject({ taken: false, waitMs: 200 })
  now = 200
  expect(await draw('a', 1, size)).toMatchObject({ taken: true, left: 0 })
  expect(asked.times).toBe(5)
})

it('what is left of a hand is counted as left, and is not given after its time', async () => {
  let now = 0
  const { asked, take } = counted(() => now)
  const { take: draw } = drawAhead({ take }, () => now)
  const size = { burst: 1_000, perMinute: 1 }
  for (let i = 0; i < 40; i++) await draw('a', 1, size)
  now = 100
  expect(Math.floor((await draw('a', 1, size)).left)).toBe(959)
  expect(Math.floor((await draw('a', 1, size)).left)).toBe(958)
  expect(asked.times).toBe(41)
  now = 1_000
  // Forty were drawn ahead at 100 ms, and one of them was taken.
  expect(Math.floor((await draw('a', 1, size)).left)).toBe(918)
  expect(asked.times).toBe(42)
})
