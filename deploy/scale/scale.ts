/** Looks at the fleet now and then, and has as many pods as it needs. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '#contract'
import { alike, podLine, podsOf } from '../pods.ts'
import type { Pod, RunPod } from '../runpod/api.ts'
import type { ScaleErrand } from './arguments.ts'
import { createDecider, type Decider } from './decide.ts'
import { readFleet } from './read-metrics.ts'

export interface ScaleTools {
  readonly runpod: RunPod
  readonly print: (line: string) => void
  readonly signal: AbortSignal
  /** Seconds. */
  readonly now?: () => number
  readonly decide?: Decider
}

/** States of a pod that has, or will have, a worker. */
const ALIVE = new Set(['PROVISIONING', 'STARTING', 'RUNNING'])

/** Until the signal, or after one look. A look that fails is told, and the next is taken: nothing is decided blindly. */
export async function scale(errand: ScaleErrand, tools: ScaleTools): Promise<void> {
  const decide = tools.decide ?? createDecider(errand.rules)
  for (;;) {
    if (errand.isOnce) return await lookOnce(errand, tools, decide)
    await lookOnce(errand, tools, decide).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error
      tools.print(`not decided: ${error.message}`)
    })
    await delay(errand.everySeconds * 1_000, undefined, { signal: tools.signal })
  }
}

async function lookOnce(errand: ScaleErrand, tools: ScaleTools, decide: Decider): Promise<void> {
  const { runpod, print, signal, now = () => performance.now() / 1_000 } = tools
  const ours = podsOf(errand.name, await runpod.pods())
  const alive = ours.filter(({ status }) => ALIVE.has(status))
  for (const pod of ours) if (!alive.includes(pod)) print(`does not run: ${podLine(pod)}`)
  const fleet = await readFleet(errand.pages, signal)
  const { pods: wanted, why } = decide({ at: now(), pods: alive.length, ...fleet })
  const wait = fleet.waitSeconds === undefined ? '' : `, ${fleet.waitSeconds.toFixed(1)} s each`
  print(`${alive.length} pods, ${fleet.taking} engines${wait}: ${wanted} (${why})`)
  if (wanted > alive.length) await add(wanted - alive.length, alive, errand, tools)
  // The newest first: the oldest have the warmest disks.
  for (const pod of alive.toReversed().slice(0, Math.max(0, alive.length - wanted))) {
    if (errand.isMeant) await runpod.terminate(pod.id)
    print(`${errand.isMeant ? 'ended' : 'would end'} ${podLine(pod)}`)
  }
}

async function add(
  count: number,
  alive: readonly Pod[],
  { name, isMeant }: ScaleErrand,
  { runpod, print }: ScaleTools,
): Promise<void> {
  const model = alive.at(-1)
  if (!model) {
    const message = `There is no pod called ${name} to make others like: npm run deploy -- up makes the first.`
    throw new Failure('configuration-invalid', message)
  }
  for (let made = 0; made < count; made++) {
    const request = alike(model, name, randomBytes(3).toString('hex'))
    if (isMeant) print(`made ${podLine(await runpod.create(request))}`)
    else print(`would make one like ${podLine(model)}`)
  }
}
