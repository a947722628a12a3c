/** The least time that a piece of work can take on a machine, and how near to it a measured time came. */
import type { Precision } from '#models/graph/graph.ts'
import type { Cost } from './network-cost.ts'
import type { Peak } from './peak.ts'

export interface Floor {
  /** Milliseconds: all operations at the peak rate, or all weights read once, whichever takes longer. */
  readonly floorMs: number
  readonly boundBy: 'compute' | 'memory'
  /** Operations alone. */
  readonly computeMs: number
  /** Weights read once. Activations might all stay in caches: a floor cannot count them. */
  readonly weightsMs: number
  /** What the nodes as written read and write, if nothing stayed in a cache: no floor, but a warning. */
  readonly trafficMs: number
}

export function floorOf(cost: Cost, precision: Precision, peak: Peak): Floor {
  const computeMs = cost.operations / (peak.tflops[precision] * 1e9)
  const moving = (bytes: number) => bytes / (peak.gbPerSecond * 1e6)
  const weightsMs = moving(cost.weightBytes)
  return {
    floorMs: Math.max(computeMs, weightsMs),
    boundBy: computeMs >= weightsMs ? 'compute' : 'memory',
    computeMs,
    weightsMs,
    trafficMs: moving(cost.weightBytes + cost.activationBytes),
  }
}

/** A floor beside the time that was measured: 1 would be a machine used to the full. */
export interface Share extends Floor {
  readonly share: number
}

export const shareOf = (floor: Floor, measuredMs: number): Share => ({
  ...floor,
  share: floor.floorMs / measuredMs,
})
