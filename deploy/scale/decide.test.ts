import { describe, expect, it } from 'vitest'
import { createDecider, type Look, usualRules } from './decide.ts'
import { type Day, simulate } from './simulate.ts'

const rules = { ...usualRules, most: 8, targetWaitSeconds: 20 }
/** A quarter of the jobs is COPY. */
const service = (random: number) => (random < 0.25 ? 1.2 : 3)
const base = { service, coldStartSeconds: 100, lookEverySeconds: 15, pods: 1, seed: 1 }
const run = (day: Partial<Day> & Pick<Day, 'seconds' | 'rate'>) =>
  simulate({ ...base, ...day }, createDecider(rules))
const HOUR = 3_600

describe('a day of jobs', () => {
  it.each([1, 2, 3, 4, 5])(
    'that swells to three engines’ work waits within target, seed %i',
    (seed) => {
      const seconds = 8 * HOUR
      const rate = (at: number) => 0.1 + 1.1 * Math.sin((Math.PI * at) / seconds) ** 2
      const { waits, changes } = run({ seconds, rate, seed })
      const inTime = waits.filter(({ seconds: waited }) => waited <= 20).length
      expect(inTime / waits.length).toBeGreaterThan(0.97)
      const steps = [1, ...changes.map(({ pods }) => pods)]
      const ways = steps.slice(1).map((pods, i) => Math.sign(pods - (steps[i] ?? 0)))
      const turns = ways.filter((way, i) => i > 0 && way !== ways[i - 1])
      expect(turns.length).toBeLessThanOrEqual(3)
      expect(changes.at(-1)?.pods).toBe(1)
    },
  )

  it('that is the same all day changes nothing that is enough', () => {
    for (const rate of [0.1, 0.25, 0.35, 0.5, 0.7]) {
      const pods = Math.ceil((rate * 2.55) / 0.8)
      expect(run({ seconds: 6 * HOUR, rate: () => rate, pods, seed: 7 }).changes).toEqual([])
    }
  })

  it('that rises at once is caught up with as soon as pods are there', () => {
    const { waits } = run({ seconds: HOUR, rate: (at) => (at < 600 ? 0.1 : 1) })
    const late = waits.filter(({ at, seconds }) => at > 600 + 480 && seconds > 20)
    expect(late.length).toBeLessThan(waits.length / 50)
  })
})

describe('a decision', () => {
  const look = (more: Partial<Look>): Look => ({
    ...{ at: 0, waitSeconds: 0, taking: 2, busy: 2, pods: 2, ...more },
  })

  it('waits for pods that are on their way before it orders more', () => {
    const decide = createDecider(rules)
    const full = { waitSeconds: 35, taking: 2, pods: 4 }
    for (const at of [0, 20, 40, 60]) expect(decide(look({ at, ...full })).pods).toBe(4)
  })

  it('is put off while nobody can tell', () => {
    const decide = createDecider(rules)
    const blind = look({ waitSeconds: undefined, taking: 0, busy: 0 })
    expect(decide(blind)).toEqual({ pods: 2, why: 'no engine takes jobs yet' })
  })

  it('is of what was seen in a row: after a gap, or a clock that went back, all begins anew', () => {
    for (const jump of [600, -50]) {
      const decide = createDecider(rules)
      const full = { waitSeconds: 35, taking: 2, pods: 2 }
      expect(decide(look({ at: 100, ...full })).pods).toBe(2)
      expect(decide(look({ at: 100 + jump, ...full })).pods).toBe(2)
      expect(decide(look({ at: 125 + jump, ...full })).pods).toBe(4)
    }
    const decide = createDecider(rules)
    const calm = { waitSeconds: 0, busy: 0 }
    expect(decide(look({ at: 0, ...calm })).pods).toBe(2)
    expect(decide(look({ at: 1_000, ...calm })).pods).toBe(2)
  })

  it('counts no more on a pod that takes nothing long after it should have begun', () => {
    const decide = createDecider(rules)
    // One of two is ill: its half of the work never comes to it.
    const half = { waitSeconds: 35, taking: 1, busy: 1, pods: 2 }
    const early: number[] = []
    for (let at = 0; at < rules.startSeconds; at += 15)
      early.push(decide(look({ at, ...half })).pods)
    expect(new Set(early)).toEqual(new Set([2]))
    const late: string[] = []
    for (let at = rules.startSeconds; at < rules.startSeconds + 60; at += 15) {
      const { pods, why } = decide(look({ at, ...half }))
      if (pods > 2) late.push(why)
    }
    expect(late[0]).toContain('1 of the pods take nothing: look at their logs')
  })

  it('keeps between the least and the most', () => {
    const decide = createDecider({ ...rules, least: 2, most: 3 })
    expect(decide(look({ pods: 1, taking: 1 })).pods).toBe(2)
    for (const at of [0, 30, 60]) {
      expect(decide(look({ at, waitSeconds: 500, pods: 3, taking: 3 })).pods).toBe(3)
    }
  })
})
