/** A number against what it must be and what it should be. */
import type { ResultFile } from './result-files.ts'

/** One of the two is there. */
export interface Bound {
  readonly most?: number
  readonly least?: number
}

export interface Demand {
  readonly what: string
  /** Of number, gate and goal. */
  readonly unit: string
  /** Must hold. */
  readonly gate?: Bound
  /** Is what we are after. */
  readonly goal?: Bound
  /** The command that measures it. */
  readonly by: string
}

export interface Measurement {
  readonly value: number
  readonly file: ResultFile
}

/** MISSED: there is no gate, and the goal is not reached. PROJECTED: from another card, so no verdict at all. */
export type Verdict = 'PASS' | 'FAIL' | 'MISSED' | 'NOT MEASURED' | 'PROJECTED'

export interface Row extends Demand {
  readonly verdict: Verdict
  readonly measurement?: Measurement
  /** Absent where there is no goal, or no number. */
  readonly reachesGoal?: boolean
}

/** A gate decides; without one, the goal does. */
export function judge(demand: Demand, measurement: Measurement | undefined): Row {
  if (!measurement) return { ...demand, verdict: 'NOT MEASURED' }
  const { gate, goal } = demand
  const { value } = measurement
  const reachesGoal = goal && holds(goal, value)
  const verdict = gate ? (holds(gate, value) ? 'PASS' : 'FAIL') : reachesGoal ? 'PASS' : 'MISSED'
  return { ...demand, verdict, measurement, ...(reachesGoal !== undefined && { reachesGoal }) }
}

export const holds = ({ most, least }: Bound, value: number): boolean =>
  (most === undefined || value <= most) && (least === undefined || value >= least)
