/** What several engines are together, as a worker is asked for it. */
import type { EngineState, WorkerState } from './health.ts'

/** From what says most of the whole to what says least. */
const order = ['draining', 'busy', 'idle', 'degraded', 'loading'] as const

/** `loading` where there is none yet. A worker takes jobs where one engine does, and is heard where one that does is. */
export function wholeState(engines: readonly EngineState[]): WorkerState {
  const state = order.find((each) => engines.some((engine) => engine.state === each)) ?? 'loading'
  const telling = engines.filter((engine) => takesJobs(engine) === takesJobs({ state }))
  const ages = telling.flatMap(({ sinceBeat }) => (sinceBeat === undefined ? [] : [sinceBeat]))
  return {
    state,
    reason: engines.find((engine) => engine.state === state && engine.reason)?.reason,
    jobs: engines.reduce((sum, { jobs }) => sum + jobs, 0),
    sinceBeat: ages.length === 0 ? undefined : Math.min(...ages),
    engines,
  }
}

const takesJobs = ({ state }: Pick<EngineState, 'state'>): boolean =>
  state === 'idle' || state === 'busy'
