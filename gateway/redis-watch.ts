/** Whether the Redis that is there now would lose jobs: a restart may have given it other settings than it had at first. */
import { Failure } from '#contract'
import type { Log } from '#platform/log.ts'
import { type Repeated, repeat } from '#platform/repeat.ts'

/** As it was when it was last asked. */
export interface RedisState {
  /** What would keep a gateway from starting, with its mend. */
  readonly fault?: string | undefined
  /** What is unsafe and borne with, each with its mend. */
  readonly warnings: readonly string[]
}

/** Nudge it when the connection is a new one. */
export interface RedisWatch extends Repeated {
  readonly state: () => RedisState
}

export interface RedisWatchParts {
  /** @returns warnings. Throws `configuration-invalid` for a Redis that would lose jobs. */
  readonly probe: () => Promise<readonly string[]>
  /** The warnings at the start; undefined where it was away. */
  readonly first: readonly string[] | undefined
  readonly log: Log
}

/** For settings that are changed while it runs. */
const EVERY_MS = 30_000

/** What would have kept the gateway from starting ends nothing then: it runs, and others rely on it. */
export function watchRedis({ probe, first, log }: RedisWatchParts): RedisWatch {
  let state: RedisState = { warnings: first ?? [] }
  let hasCome = first !== undefined
  const look = async () => {
    const found = await probe().then((warnings): RedisState => ({ warnings }), faultOf)
    const { fault, warnings } = found
    if (!hasCome) log.info('redis has come')
    hasCome = true
    if (fault !== state.fault) {
      if (fault === undefined) log.info('redis is safe again')
      else log.error('redis would lose jobs', { reason: fault })
    }
    for (const reason of warnings) {
      if (!state.warnings.includes(reason)) log.warn('redis is unsafe', { reason })
    }
    state = found
  }
  const onError = (error: unknown) => log.warn('redis not examined', { error })
  return { ...repeat(look, { every: EVERY_MS, onError }), state: () => state }
}

function faultOf(error: unknown): RedisState {
  if (!(error instanceof Failure) || error.code !== 'configuration-invalid') throw error
  return { fault: error.message, warnings: [] }
}
