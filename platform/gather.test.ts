import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { gather } from './gather.ts'

/** Answers each number with its double, and keeps what came together; none before `go`. */
function doubling(options: { readonly most: number; readonly lanes: number }) {
  const batches: (readonly number[])[] = []
  const gates: (() => void)[] = []
  const double = gather(async (items: readonly number[]) => {
    batches.push(items)
    await new Promise<void>((resolve) => gates.push(resolve))
    return items.map((item) => 2 * item)
  }, options)
  return { batches, double, go: () => gates.shift()?.() }
}

test('what comes within one turn goes together, and each has its own answer', async () => {
  const { batches, double, go } = doubling({ most: 10, lanes: 1 })
  const answers = Promise.all([1, 2, 3].map(double))
  await expect.poll(() => batches).toEqual([[1, 2, 3]])
  go()
  expect(await answers).toEqual([2, 4, 6])
})

test('no more go together, and no more are under way, than may be; what waits goes next, in order', async () => {
  const { batches, double, go } = doubling({ most: 2, lanes: 2 })
  const answers = Promise.all([1, 2, 3, 4, 5].map(double))
  await expect
    .poll(() => batches)
    .toEqual([
      [1, 2],
      [3, 4],
    ])
  const late = double(6)
  await turn()
  expect(batches).toHaveLength(2)
  go()
  await expect.poll(() => batches.at(-1)).toEqual([5, 6])
  go()
  go()
  expect(await answers).toEqual([2, 4, 6, 8, 10])
  expect(await late).toBe(12)
})

/** Refuses a batch in which one item is odd, with that item. */
const refusingOdd = (mayBeOnes: boolean) => {
  let calls = 0
  const ask = gather(
    async (items: readonly number[]) => {
      calls++
      const odd = items.find((item) => item % 2 === 1)
      if (odd !== undefined) throw new Error(`${odd}`)
      return items
    },
    { most: 10, lanes: 1, mayBeOnes: () => mayBeOnes },
  )
  const outcomes = Promise.all(
    [2, 3, 4].map((item) => ask(item).catch((error: Error) => error.message)),
  )
  return { outcomes, calls: () => calls }
}

test('where one may be to blame, the others are answered all the same', async () => {
  const { outcomes, calls } = refusingOdd(true)
  expect(await outcomes).toEqual([2, '3', 4])
  expect(calls()).toBe(4)
})

test('where it is not known what was done, nothing is asked twice', async () => {
  const { outcomes, calls } = refusingOdd(false)
  expect(await outcomes).toEqual(['3', '3', '3'])
  expect(calls()).toBe(1)
})

test('an error of all is one of those who wait too, and the next are asked for anew', async () => {
  const asked: (readonly number[])[] = []
  let isAway = true
  const ask = gather(
    async (items: readonly number[]) => {
      asked.push(items)
      await turn()
      if (isAway) throw new Error('away')
      return items
    },
    { most: 1, lanes: 1 },
  )
  const outcomes = await Promise.allSettled([1, 2, 3].map(ask))
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(asked).toEqual([[1]])
  isAway = false
  expect(await ask(4)).toBe(4)
})

test('asked for one by one, nobody is asked for after an error of all', async () => {
  const asked: (readonly number[])[] = []
  const ask = gather(
    async (items: readonly number[]) => {
      asked.push(items)
      throw new Error(items.length > 1 || items[0] === 1 ? 'ones' : 'away')
    },
    {
      most: 10,
      lanes: 1,
      mayBeOnes: (error) => error instanceof Error && error.message === 'ones',
    },
  )
  const said = await Promise.all(
    [1, 2, 3].map((i) => ask(i).catch((error: Error) => error.message)),
  )
  expect(said).toEqual(['ones', 'away', 'away'])
  expect(asked).toEqual([[1, 2, 3], [1], [2]])
})

test('an answer too few is an error of all, and the next are served', async () => {
  let isShort = true
  const ask = gather(async (items: readonly number[]) => (isShort ? items.slice(1) : items), {
    ...{ most: 10, lanes: 1 },
  })
  await expect(Promise.all([ask(1), ask(2)])).rejects.toThrow('1 answers to 2 items')
  isShort = false
  expect(await ask(3)).toBe(3)
})
