import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPoolState, defaultPoolTimes, type PoolState } from './pool-state.ts'

const BEAT = 5_000
const LEASE = 30_000
const SECOND = 1_000
const MINUTE = 60_000

/** A worker that beats every five seconds while `isOn`, as a reader sees it that looks each second. */
function watch(isOn: (at: number) => boolean, upTo: number) {
  const look = createPoolState()
  const states: PoolState[] = []
  let lapsesAt = 0
  let nextBeat = 0
  for (let at = 0; at <= upTo; at += SECOND) {
    if (isOn(at) && at >= nextBeat) {
      lapsesAt = at + LEASE
      nextBeat = at + BEAT
    }
    const isKnown = lapsesAt > at
    states.push(look(isKnown ? [{ name: 'a', lapsesAt, isWilling: true }] : [], at))
  }
  return states
}

const changes = (states: readonly PoolState[]) =>
  states.filter(({ isUp }, i) => i > 0 && isUp !== states[i - 1]?.isUp).length
const ups = (states: readonly PoolState[]) => states.map(({ isUp }) => isUp)

test('workers that are there when the gateway starts count at once', () => {
  expect(ups(watch(() => true, MINUTE))).not.toContain(false)
})

test('workers that come later count from their third beat on', () => {
  const up = ups(watch((at) => at >= 20_000, MINUTE))
  expect([up.indexOf(true), up.lastIndexOf(false)]).toEqual([30, 29])
})

test('two missed beats are a fall', () => {
  const states = watch((at) => at <= 20_000, MINUTE)
  expect(ups(states).indexOf(false)).toBe(30)
  expect(states[29]?.live.size).toBe(1)
  expect(states[30]?.live.size).toBe(0)
})

test('a fall lasts thirty seconds at least, and three beats', () => {
  const back = (from: number) => {
    const up = ups(watch((at) => at <= 20_000 || at >= from, 3 * MINUTE))
    return up.indexOf(true, 30)
  }
  expect(back(32_000)).toBe(60)
  expect(back(90_000)).toBe(100)
})

test('one who says that it takes nothing is not live, however it beats', () => {
  const look = createPoolState()
  const seen = (isWilling: boolean, at: number) => [{ name: 'a', lapsesAt: at + LEASE, isWilling }]
  expect(look(seen(true, 0), 0).isUp).toBe(true)
  expect(look(seen(false, 1_000), 1_000)).toMatchObject({ isUp: false, live: new Set() })
})

test('a worker of another name does not hide that one is gone', () => {
  const look = createPoolState()
  const worker = (name: string, lapsesAt: number) => ({ name, lapsesAt, isWilling: true })
  look([worker('a', LEASE), worker('b', LEASE)], 0)
  for (let at = SECOND; at <= 12_000; at += SECOND) {
    const state = look([worker('a', LEASE), worker('b', at + LEASE)], at)
    expect(state.isUp).toBe(true)
    expect(state.live.has('a')).toBe(at < defaultPoolTimes.missedMs)
  }
})

describe('a heartbeat that flaps', () => {
  test('every six seconds for five minutes changes the route ten times at most', () => {
    for (let phase = 0; phase < 12_000; phase += SECOND) {
      const states = watch((at) => Math.floor((at + phase) / 6_000) % 2 === 0, 5 * MINUTE)
      expect(changes(states)).toBeLessThanOrEqual(10)
    }
  })

  test('in any rhythm does no worse', () => {
    const rhythm = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }))
    const property = fc.property(rhythm, fc.nat(60), ([on, off], phase) => {
      const states = watch((at) => (at / SECOND + phase) % (on + off) < on, 5 * MINUTE)
      expect(changes(states)).toBeLessThanOrEqual(10)
    })
    fc.assert(property, { numRuns: 500 })
  })

  test('strands no job: what was sent to it is begun within the 48 s that it may wait', () => {
    for (let phase = 0; phase < 12_000; phase += SECOND) {
      const isOn = (at: number) => Math.floor((at + phase) / 6_000) % 2 === 0
      const states = watch(isOn, 5 * MINUTE)
      // A job each four seconds, of two seconds of a worker that works while it is on.
      const line: number[] = []
      let busyUntil = 0
      let longest = 0
      for (let second = 0; second <= 300; second++) {
        const at = second * SECOND
        if (second % 4 === 0 && states[second]?.isUp) line.push(at)
        if (!isOn(at) || at < busyUntil) continue
        const sent = line.shift()
        if (sent === undefined) continue
        longest = Math.max(longest, at - sent)
        busyUntil = at + 2_000
      }
      expect(longest).toBeLessThanOrEqual(48_000)
      expect(line.length).toBeLessThanOrEqual(2)
    }
  })
})
