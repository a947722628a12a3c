/** Looks at the fleet now and then, and has as many pods as it needs. */
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '#contract'
import type { RunPod } from '../runpod/api.ts'
import type { ScaleErrand } from './arguments.ts'
import { podsAtRunPod, workersOfEndpoint } from './capacity.ts'
import { createDecider, type Decider } from './decide.ts'
import { type FleetLook, readFleet } from './read-metrics.ts'

export interface ScaleTools {
  readonly runpod: RunPod
  readonly print: (line: string) => void
  readonly signal: AbortSignal
  /** Seconds. */
  readonly now?: () => number
  readonly decide?: Decider
}

/**
 * Until the signal, or after one look. A look that fails is told, and the next is taken: nothing is decided blindly.
 * Throws `provider-denied` for a key that is not taken any more, which no other look would mend.
 */
export async function scale(errand: ScaleErrand, tools: ScaleTools): Promise<void> {
  const decide = tools.decide ?? createDecider(errand.rules)
  for (;;) {
    if (errand.isOnce) return await lookOnce(errand, tools, decide)
    await lookOnce(errand, tools, decide).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code === 'provider-denied') throw error
      tools.print(`not decided: ${error.message}`)
    })
    await delay(errand.everySeconds * 1_000, undefined, { signal: tools.signal })
  }
}

async function lookOnce(errand: ScaleErrand, tools: ScaleTools, decide: Decider): Promise<void> {
  const { print, signal, now = () => performance.now() / 1_000 } = tools
  const capacity = (errand.isServerless ? workersOfEndpoint : podsAtRunPod)(errand, tools)
  const there = await capacity.look()
  const fleet = await readFleet(errand.pages, signal).catch((error: unknown): FleetLook => {
    // The last worker that could have told may be the one that is to be replaced.
    if (!(error instanceof Failure) || there >= errand.rules.least) throw error
    print(error.message)
    return { taking: 0, busy: 0, waitSeconds: undefined }
  })
  const { pods: wanted, why } = decide({ at: now(), pods: there, ...fleet })
  const wait = fleet.waitSeconds === undefined ? '' : `, ${fleet.waitSeconds.toFixed(1)} s each`
  const kind = errand.isServerless ? 'serverless workers' : 'pods'
  print(`${there} ${kind}, ${fleet.taking} engines${wait}: ${wanted} (${why})`)
  if (wanted !== there) await capacity.become(wanted)
}
