/** How long the engine takes, measured by class of job, so that others can tell how much work waits for it. */
import type { Mode, ServiceTime, Size } from '#contract'

/** What decides how long a job takes, as far as it is counted here: the size is the drawn one. */
export interface Work {
  readonly mode: Mode
  readonly size: Size
  readonly images: number
}

export interface ServiceTimes {
  /** @param seconds of the engine's time, all images together. */
  readonly took: (work: Work, seconds: number) => void
  /** Seconds that a job will take; of one whose class is not known yet, the mean of those that are; else 0. */
  readonly expected: (work: Work | undefined) => number
  /** Of an image, by class. */
  readonly all: () => readonly ServiceTime[]
}

/** Of the newest in the moving average: what was ten jobs ago still counts for a tenth. */
const WEIGHT = 0.2
/** Three modes at the nine trained sizes are 27; where any size is drawn, the longest unused is forgotten. */
const MOST_CLASSES = 32

export function createServiceTimes(): ServiceTimes {
  const classes = new Map<string, ServiceTime>()
  return {
    took(work, seconds) {
      const size = `${work.size.width}x${work.size.height}`
      const key = `${work.mode} ${size}`
      const now = seconds / work.images
      const before = classes.get(key)?.seconds ?? now
      classes.delete(key)
      classes.set(key, { mode: work.mode, size, seconds: before + WEIGHT * (now - before) })
      const [oldest] = classes.keys()
      if (classes.size > MOST_CLASSES && oldest !== undefined) classes.delete(oldest)
    },
    expected(work) {
      const { mode, size, images = 1 } = work ?? {}
      const own = size && classes.get(`${mode} ${size.width}x${size.height}`)?.seconds
      return images * (own ?? mean([...classes.values()].map(({ seconds }) => seconds)))
    },
    all: () => [...classes.values()],
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
