/** The jobs of an accounting: today's payload under ids that follow from the seed, and how each is drawn. */
import { createHash } from 'node:crypto'
import { today } from '../../contract/job/today.case.ts'

/** A UUID, as today's producers make them. */
export function jobId(seed: number, number: number): string {
  const hex = createHash('sha256').update(`${seed} ${number}`).digest('hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ]
  return [...parts, hex.slice(20, 32)].join('-')
}

/** An element as today's `queue-job` pushes it. */
export function todaysElement(id: string): string {
  return JSON.stringify({ ...today, id, job_id: id })
}

export interface Drawing {
  readonly ms: number
  /** The first attempt fails, in a way that another may not. */
  readonly failsAtFirst: boolean
}

const LEAST_MS = 5
const MOST_MS = 300
const FAILING = 0.03

/** Follows from the id, so that whoever draws it takes as long: most a few ms, some hundreds. */
export function drawingOf(id: string): Drawing {
  const digest = createHash('sha256').update(id).digest()
  const share = digest.readUInt32BE(0) / 2 ** 32
  return {
    ms: LEAST_MS + (MOST_MS - LEAST_MS) * share ** 5,
    failsAtFirst: digest.readUInt32BE(4) / 2 ** 32 < FAILING,
  }
}
