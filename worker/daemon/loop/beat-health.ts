/** What a beat says of its worker: what it can do, how it does, and how long its engine takes. */
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { z } from 'zod'
import { type EnhancementHealth, type HealthReport, modes, type Size } from '#contract'
import type { Model } from '../model.ts'
import type { HeldJob } from './held-jobs.ts'
import type { ServiceTimes } from './service-times.ts'

/** What an engine runs on. */
export interface Machine {
  readonly device?: HealthReport['device']
  /** As nvidia-smi numbers it, where it was named. */
  readonly gpu?: number | undefined
}

export interface Doing extends Pick<HealthReport, 'state' | 'reason'> {
  readonly jobs: readonly HeldJob[]
  readonly times: ServiceTimes
  readonly enhancement?: EnhancementHealth | undefined
}

export function beatHealth(
  { checkpoint, served, catalogue, pictures }: Model,
  { device, gpu }: Machine,
  { state, reason, jobs, times, enhancement }: Doing,
): HealthReport {
  const undrawn = jobs.filter(({ stage }) => stage === 'preparing' || stage === 'drawing')
  return {
    version,
    ...{ state, reason, inFlight: jobs.length },
    heldSeconds: rounded(undrawn.reduce((sum, { facts }) => sum + times.expected(facts.work), 0)),
    ...{ device, gpu: gpu === undefined ? undefined : String(gpu) },
    checkpoint: basename(checkpoint),
    pictures,
    modes: [...modes],
    sizes: served?.map(inWords),
    loras: catalogue !== undefined,
    enhancement,
    service: times.all().map((each) => ({ ...each, seconds: rounded(each.seconds) })),
  }
}

const inWords = ({ width, height }: Size): string => `${width}x${height}`

/** To milliseconds. */
const rounded = (seconds: number): number => Math.round(1_000 * seconds) / 1_000

const { version } = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('../../../package.json'))
