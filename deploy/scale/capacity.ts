/** What scaling makes more or less of: pods one by one, or how many workers an endpoint keeps. */
import { randomBytes } from 'node:crypto'
import { Failure } from '#contract'
import { alike, podLine, podsOf } from '../pods.ts'
import type { Pod, RunPod } from '../runpod/api.ts'
import { endpointsOf } from '../serverless.ts'
import type { ScaleErrand } from './arguments.ts'

export interface Capacity {
  /** How many are there or on their way. */
  readonly look: () => Promise<number>
  /** After a look. Does it where it is meant, else says what it would do. */
  readonly become: (wanted: number) => Promise<void>
}

interface Tools {
  readonly runpod: RunPod
  readonly print: (line: string) => void
}

/** States of a pod that has, or will have, a worker. */
const ALIVE = new Set(['PROVISIONING', 'STARTING', 'RUNNING'])

export function podsAtRunPod({ name, isMeant }: ScaleErrand, { runpod, print }: Tools): Capacity {
  let ours: readonly Pod[] = []
  let alive: readonly Pod[] = []
  const add = async () => {
    // Where none is left, one that has ended says as well what the next is to be.
    const model = alive.at(-1) ?? ours.at(-1)
    if (!model) throw withoutModel(`pod called ${name} to make others like`, 'up')
    const request = alike(model, name, randomBytes(3).toString('hex'))
    if (isMeant) print(`made ${podLine(await runpod.create(request))}`)
    else print(`would make one like ${podLine(model)}`)
  }
  return {
    async look() {
      ours = podsOf(name, await runpod.pods())
      alive = ours.filter(({ status }) => ALIVE.has(status))
      for (const pod of ours) if (!alive.includes(pod)) print(`does not run: ${podLine(pod)}`)
      return alive.length
    },
    async become(wanted) {
      for (let count = alive.length; count < wanted; count++) await add()
      // The newest first: the oldest have the warmest disks.
      for (const pod of alive.toReversed().slice(0, Math.max(0, alive.length - wanted))) {
        if (isMeant) await runpod.terminate(pod.id)
        print(`${isMeant ? 'ended' : 'would end'} ${podLine(pod)}`)
      }
    },
  }
}

export function workersOfEndpoint(
  { name, isMeant }: ScaleErrand,
  { runpod, print }: Tools,
): Capacity {
  const find = async () => {
    const [found] = endpointsOf(name, await runpod.endpoints())
    if (!found) throw withoutModel(`serverless endpoint called ${name}`, 'up --serverless')
    return found
  }
  return {
    // Those that a load balancer adds by itself are nobody's to count on.
    look: async () => (await find()).workers.min,
    async become(min) {
      const { id, workers } = await find()
      if (isMeant) await runpod.setWorkers(id, { min, max: Math.max(min, workers.max) })
      print(`${isMeant ? 'keeps' : 'would keep'} ${min} workers: ${id}  ${name}`)
    },
  }
}

const withoutModel = (what: string, verb: string): Failure =>
  new Failure(
    'configuration-invalid',
    `There is no ${what}: npm run deploy -- ${verb} makes the first.`,
  )
