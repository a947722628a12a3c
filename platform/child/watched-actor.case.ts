/** An actor, watched: with deadlines long enough for a busy machine unless a test gives shorter ones. */
import { Failure } from '#contract'
import type { Act, Acted } from './actor.case.ts'
import { type Ending, type ProcessOptions, WatchedProcess } from './watched-process.ts'

export type WatchedActor = WatchedProcess<Act, Acted, number>

export interface Watching extends Partial<ProcessOptions<Act>> {
  /** Milliseconds, by stage; a minute for all others. */
  readonly deadlines?: Readonly<Record<string, number>>
}

export const actor = (watching?: Watching): WatchedActor => new WatchedProcess(acting(watching))

export function acting({ deadlines = {}, ...options }: Watching = {}): ProcessOptions<Act> {
  return {
    name: 'actor',
    program: new URL('./actor.case.ts', import.meta.url),
    env: {},
    stdout: 'ignore',
    deadlineOf: (stage) => ({
      milliseconds: deadlines[stage] ?? 60_000,
      late: () => new Failure('engine-hung', `late in ${stage}`),
    }),
    failureOf,
    ...options,
  }
}

export const isGone = (pid: number | undefined): boolean => {
  try {
    return !process.kill(pid ?? Number.NaN, 0)
  } catch {
    return true
  }
}

const failureOf = ({ how, lastWords, ranOutOfMemory }: Ending): Failure =>
  new Failure(ranOutOfMemory ? 'out-of-memory' : 'engine-crashed', `${how}: ${lastWords}`)
