/** The most that a machine can compute and move in a second. */
import type { Precision } from '#models/graph/graph.ts'

export interface Peak {
  readonly name: string
  /** Published by the maker, or measured in the run that it is part of. */
  readonly source: 'published' | 'measured'
  /** Trillions of operations a second; a multiplication and an addition are two. */
  readonly tflops: Readonly<Record<Precision, number>>
  /** Gigabytes a second, read and written together. */
  readonly gbPerSecond: number
}
