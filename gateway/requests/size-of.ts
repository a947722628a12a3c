/** How large a job's picture is to be, as far as the job itself says it. */
import { bucketOfAspect, type Job, nearestBucket, type Planned, type Size } from '#contract'

/** Undefined where the reference's own aspect decides: always in COPY, and in MODIFY where no size was asked for. */
export function sizeOf({ mode, size }: Pick<Job, 'mode' | 'size'>): Size | undefined {
  if (mode === 'copy') return undefined
  if (size === undefined) return mode === 'txt2img' ? nearestBucket(1, 1) : undefined
  if ('aspectRatio' in size) return bucketOfAspect(size.aspectRatio)
  if ('resolution' in size) return nearestBucket(size.resolution.width, size.resolution.height)
  return size
}

/** Jobs of one class take about as long. One whose reference decides has about as many pixels as the usual square. */
export function classOf(job: Pick<Job, 'mode' | 'size'>, { mode }: Pick<Planned, 'mode'>): string {
  const { width, height } = sizeOf(job) ?? nearestBucket(1, 1)
  return `${mode} ${width}x${height}`
}
