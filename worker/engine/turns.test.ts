import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

interface Job {
  readonly key: string
  readonly number: number
}

const job = fc.constantFrom('a', 'b', 'c')
/** A job of that key comes; or the next is taken. */
const events = fc.array(fc.oneof(job, fc.constant('take' as const)), { maxLength: 200 })
const limits = fc.record({ mostOvertaken: fc.nat(6), longestWait: fc.nat(40) })

test('everyone has a turn, in the order of arrival among equals, overtaken no more than allowed', () => {
  const property = fc.property(events, limits, (happening, { mostOvertaken, longestWait }) => {
    let time = 0
    const turns = createTurns<Job>({ mostOvertaken, longestWait, now: () => time })
    const waiting: Job[] = []
    const overtakings = new Map<Job, number[]>()
    let open = ''
    let count = 0
    const take = () => {
      const taken = turns.next(open)
      if (!taken) return expect(waiting).toEqual([])
      expect(waiting.find(({ key }) => key === taken.key)).toBe(taken)
      const overtaken = waiting.slice(0, waiting.indexOf(taken))
      for (const each of overtaken) {
        const times = overtakings.get(each) ?? []
        overtakings.set(each, [...times, time])
        expect(times.length).toBeLessThan(mostOvertaken)
        expect(time - (times[0] ?? time)).toBeLessThanOrEqual(longestWait)
      }
      waiting.splice(overtaken.length, 1)
      open = taken.key
    }
    const leftOver = happening.map(() => 'take' as const)
    for (const event of [...happening, ...leftOver]) {
      time += 3
      if (event === 'take') {
        take()
        continue
      }
      const joining = { key: event, number: ++count }
      waiting.push(joining)
      turns.join(joining, joining.key)
    }
    expect(waiting).toEqual([])
    expect(turns.next(open)).toBe(undefined)
  })
  fc.assert(property, { numRuns: 300, seed: 1 })
})

test.each([
  [2, 7],
  [3, 18],
  [4, 31],
])('of 120 jobs of %i keys by turns, 119 changes become %i', (keys, changes) => {
  const arrivals = Array.from({ length: 120 }, (_, i) => `${i % keys}`)
  expect(changesIn(arrivals)).toBe(119)
  expect(changesIn(served(arrivals))).toBe(changes)
})

test('one that nobody waits behind is not overtaken by those of another key that come later', () => {
  const turns = createTurns<string>()
  turns.join('of b', 'b')
  expect(turns.next('a')).toBe('of b')
})

test('whoever has been overtaken for too long is next, however few have done it', () => {
  let time = 0
  const turns = createTurns<string>({ longestWait: 30_000, now: () => time })
  const come = (key: string) => turns.join(`${key} at ${time}`, key)
  come('b')
  time = 100_000
  come('a')
  come('a')
  come('a')
  // It has waited, but not behind anyone who came later.
  expect(turns.next('a')).toBe('a at 100000')
  time = 130_000
  expect(turns.next('a')).toBe('a at 100000')
  time = 130_001
  expect(turns.next('a')).toBe('b at 0')
})

test('what suits every state keeps its place among those of the state that is open', () => {
  const turns = createTurns<string>()
  turns.join('a', 'a')
  turns.join('any', undefined)
  turns.join('b', 'b')
  turns.join('b again', 'b')
  expect(['b', 'b', 'b', 'b'].map((open) => turns.next(open))).toEqual(['any', 'b', 'b again', 'a'])
})

test('whoever left has no turn', () => {
  const turns = createTurns<string>()
  turns.join('first', 'a')
  turns.join('second', 'a')
  expect([turns.leave('first'), turns.leave('first')]).toEqual([true, false])
  expect([turns.next('a'), turns.next('a')]).toEqual(['second', undefined])
  expect(turns.leave('second')).toBe(false)
})

/** The order in which a queue of keys is served, each taking the state to its own. */
function served(keys: readonly string[]): string[] {
  const turns = createTurns<string>({ now: () => 0 })
  for (const key of keys) turns.join(key, key)
  const order: string[] = []
  for (let open = turns.next(''); open !== undefined; open = turns.next(open)) order.push(open)
  return order
}

const changesIn = (keys: readonly string[]): number =>
  keys.filter((key, i) => i > 0 && key !== keys[i - 1]).length
