/** What is said of an id that is nowhere in the queue. */
import { Failure } from '#contract'

export const unknownJob = (id: string): Failure =>
  new Failure(
    'not-found',
    `There is no job and no dead letter ${id}. It was never pushed, or ended long ago and was forgotten; list and dead show what there is.`,
  )
