/** The size that a job's pictures are drawn and delivered at. */
import {
  bucketOfAspect,
  checkSize,
  type Drawing,
  type Job,
  nearestBucket,
  ownAspect,
  type Planned,
  type Size,
  serve,
} from '#contract'
import type { Model } from '../model.ts'

/**
 * `reference`: its size held upright, undefined where there is none. Throws `request-invalid` for a size that these
 * networks cannot draw.
 */
export function drawingOf(
  job: Pick<Job, 'mode' | 'size'>,
  { evaluations }: Pick<Planned, 'evaluations'>,
  { reference, model }: { readonly reference: Size | undefined; readonly model: Model },
): Drawing {
  const asked = askedSize(job, reference, model.nativeSize)
  // Where nothing is evaluated nothing is drawn: the reference is only resized.
  return serve(asked, job.mode, evaluations === 0 ? undefined : model.served)
}

function askedSize(
  { mode, size }: Pick<Job, 'mode' | 'size'>,
  reference: Size | undefined,
  native: number,
): Size {
  if (mode === 'copy' && reference) return ownAspect(reference.width, reference.height, native)
  if (size === undefined) {
    return nearestBucket(reference?.width ?? 1, reference?.height ?? 1, native)
  }
  if ('aspectRatio' in size) return bucketOfAspect(size.aspectRatio, native)
  if ('resolution' in size) {
    return nearestBucket(size.resolution.width, size.resolution.height, native)
  }
  checkSize(size.width, size.height, native)
  return size
}
