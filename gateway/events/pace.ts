/** How far a job is and how long it will take still, from what its worker said and when that was heard. */
import { z } from 'zod'
import type { JobProgress } from './job-news.ts'

export interface Pace {
  /** @param data JSON, as a worker tells it. Undefined for what is no progress. */
  readonly heard: (data: string, atMs: number) => JobProgress | undefined
}

/** Of one try: another begins anew. */
export function createPace(): Pace {
  let first: { readonly step: number; readonly atMs: number } | undefined
  return {
    heard(data, atMs) {
      const steps = readSteps(data)
      if (!steps) return undefined
      const { step, of } = steps
      first ??= { step, atMs }
      const done = step - first.step
      const seconds = done > 0 ? (((atMs - first.atMs) / done) * (of - step)) / 1_000 : undefined
      const estimatedSeconds = seconds === undefined ? undefined : Math.round(seconds * 10) / 10
      return { steps, fraction: of > 0 ? step / of : 0, estimatedSeconds }
    },
  }
}

const count = () => z.int().min(0).max(1_000_000)

const stepsJson = z
  .object({ stage: z.string().max(20), image: count(), step: count(), of: count() })
  .refine(({ step, of }) => step <= of)

function readSteps(data: string): z.infer<typeof stepsJson> | undefined {
  try {
    return stepsJson.safeParse(JSON.parse(data)).data
  } catch {
    return undefined
  }
}
