/** How large and how often things are run: for numbers, or only to see that they run. */
import type { Precision } from '#models/graph/graph.ts'
import type { PartTask } from './part-task.ts'

export interface Sizes {
  /** Pixels of a picture's side: SDXL's own size. */
  readonly side: number
  /** Another that the worker serves. */
  readonly otherSide: number
  /** Beside the first. */
  readonly runs: number
}

export function sizesOf({ small }: PartTask): Sizes {
  return small ? { side: 64, otherSide: 128, runs: 1 } : { side: 1024, otherSide: 768, runs: 10 }
}

/** What the UNet runs in: half precision, but for a CPU, which takes seconds to pretend that it has any. */
export const unetPrecision = ({ device }: PartTask): Precision =>
  device === 'cpu' ? 'float32' : 'float16'
