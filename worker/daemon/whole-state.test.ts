import { expect, it } from 'vitest'
import type { EngineState } from './health.ts'
import { wholeState } from './whole-state.ts'

const engine = (
  state: EngineState['state'],
  { jobs = 0, sinceBeat }: Partial<EngineState> = {},
): EngineState => ({ state, jobs, sinceBeat })

it('is loading before there is an engine, and until one has loaded', () => {
  expect(wholeState([])).toMatchObject({ state: 'loading', jobs: 0 })
  expect(wholeState([engine('loading'), engine('loading')]).state).toBe('loading')
})

it.each([
  [['idle', 'loading'], 'idle'],
  [['idle', 'busy'], 'busy'],
  [['degraded', 'idle'], 'idle'],
  [['degraded', 'loading'], 'degraded'],
  [['draining', 'loading'], 'draining'],
] as const)('of engines that are %j is %s', (states, whole) => {
  expect(wholeState(states.map((state) => engine(state))).state).toBe(whole)
})

it('holds the jobs of all', () => {
  expect(wholeState([engine('busy', { jobs: 2 }), engine('draining', { jobs: 3 })]).jobs).toBe(5)
})

it('was heard when one that takes jobs was, whatever others say', () => {
  const [old, fresh] = [{ sinceBeat: 60_000 }, { sinceBeat: 10 }]
  expect(wholeState([engine('idle', old), engine('busy', fresh)]).sinceBeat).toBe(10)
  expect(wholeState([engine('idle', old), engine('degraded', fresh)]).sinceBeat).toBe(60_000)
  expect(wholeState([engine('degraded', fresh), engine('loading')]).sinceBeat).toBe(10)
  expect(wholeState([engine('idle')]).sinceBeat).toBeUndefined()
})
