/** What this machine's processor can do, measured by processes of their own: a large matrix product, and plain copies. */
import { availableParallelism, cpus } from 'node:os'
import { z } from 'zod'
import { freshProcess } from '../measure/fresh-process.ts'
import type { Peak } from './peak.ts'

/** More copies at once than this move no more. */
const MOST_COPIES = 8

/**
 * About three seconds on an idle machine. What else runs makes it slower, and floors then come out too high: a
 * share above 1 says that this measurement was disturbed.
 */
export async function measureCpuPeak(threads = availableParallelism()): Promise<Peak> {
  const { gflops } = await freshProcess({
    script: new URL('multiply-once.ts', import.meta.url),
    task: { threads },
    found: z.object({ gflops: z.number() }),
  })
  const copying = Array.from({ length: Math.min(threads, MOST_COPIES) }, () =>
    freshProcess({
      script: new URL('copy-once.ts', import.meta.url),
      task: {},
      found: z.object({ gbPerSecond: z.number() }),
    }),
  )
  const copies = await Promise.all(copying)
  // No half arithmetic: float16 graphs run as float32 between casts.
  const tflops = gflops / 1000
  return {
    name: `${cpus()[0]?.model ?? 'processor'}, ${threads} threads`,
    source: 'measured',
    tflops: { float16: tflops, float32: tflops },
    gbPerSecond: copies.reduce((sum, { gbPerSecond }) => sum + gbPerSecond, 0),
  }
}
