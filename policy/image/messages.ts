/** What is asked of the classifier's process, and answered: its networks are opened once, then one picture at a time. */
import { Failure, type RgbImage } from '#contract'
import type { ClassifierSettings } from './settings.ts'

export type Command =
  | { readonly kind: 'open'; readonly settings: ClassifierSettings }
  | { readonly kind: 'classify'; readonly picture: RgbImage }

export interface Answers {
  readonly open: undefined
  readonly classify: Scores
}

/** Of each network, a score from 0 to 1 for each of its labels. */
export type Scores = readonly (readonly number[])[]

/** The sentence is the operator's, in the log; a caller is told that the check failed. */
export function failed(why: string, cause?: unknown): Failure {
  return new Failure('policy-check-failed', `The image classifier failed: ${why}.`, { cause })
}
