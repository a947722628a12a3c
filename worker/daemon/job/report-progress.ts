/** Tells whoever watches a job how far it is, not more often than anybody can see. */
import type { Claim, QueueWorker } from '#contract'
import type { Progress } from '#pipeline/stages.ts'

const LEAST_MS = 250

/** Each stage's beginning, then four times a second. What cannot be told is passed over. */
export function progressReporter(
  worker: QueueWorker,
  claim: Claim,
  now: () => number = () => performance.now(),
): (progress: Progress) => void {
  let told: { readonly at: number; readonly what: string } | undefined
  return ({ stage, image, done, of }) => {
    const what = `${stage} ${image}`
    if (told?.what === what && now() - told.at < LEAST_MS) return
    told = { at: now(), what }
    void worker.progress(claim, { stage, image, step: done, of }).catch(() => {})
  }
}
