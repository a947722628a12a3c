/** Tells whoever watches a job how far it is, not more often than anybody can see, and shows what is there of it. */
import type { Claim, QueueWorker } from '#contract'
import type { Progress } from '#pipeline/stages.ts'
import { previewOf } from '#platform/image/preview.ts'

const LEAST_MS = 250
/** Between two previews. */
const LEAST_PREVIEW_MS = 500
/** For a queue that is away, each with its preview: what happens meanwhile nobody hears of. */
const MOST_UNTOLD = 20

export interface Reporting {
  readonly worker: Pick<QueueWorker, 'progress'>
  readonly claim: Claim
  /** Whether previews may leave this process at all. */
  readonly showsPreviews: boolean
  /** Milliseconds, from whenever. */
  readonly now?: () => number
}

/** Each stage's beginning, then four times a second. What cannot be told is passed over. */
export function progressReporter({
  worker,
  claim,
  showsPreviews,
  now = () => performance.now(),
}: Reporting): (progress: Progress) => void {
  let told: { readonly at: number; readonly what: string } | undefined
  let previewedAt = Number.NEGATIVE_INFINITY
  // One after another, so that no step is told after a later one.
  let last = Promise.resolve()
  let untold = 0
  return ({ stage, image, done, of, preview }) => {
    const what = `${stage} ${image}`
    const at = now()
    if (told?.what === what && at - told.at < LEAST_MS) return
    if (untold >= MOST_UNTOLD) return
    untold++
    told = { at, what }
    const isShown = showsPreviews && preview !== undefined && at - previewedAt >= LEAST_PREVIEW_MS
    if (isShown) previewedAt = at
    const tell = async () => {
      const jpeg = isShown ? await previewOf(preview) : undefined
      const steps = { stage, image, step: done, of }
      await worker.progress(claim, steps, jpeg?.toString('base64'))
    }
    last = last
      .then(tell)
      .catch(() => {})
      .finally(() => {
        untold--
      })
  }
}
