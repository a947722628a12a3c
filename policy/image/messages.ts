/** What is said to the classifier's process and back: its settings once, then one picture at a time. */
import type { RgbImage } from '#contract'
import type { ClassifierSettings } from './settings.ts'

export type ToClassifier =
  | { readonly kind: 'open'; readonly settings: ClassifierSettings }
  | { readonly kind: 'classify'; readonly id: number; readonly picture: RgbImage }

/** Of each network, a score from 0 to 1 for each of its labels. */
export type Scores = readonly (readonly number[])[]

export type FromClassifier =
  /** The networks are open: from here on time is the picture's. */
  | { readonly kind: 'ready' }
  /** They cannot be opened. */
  | { readonly kind: 'unopened'; readonly message: string }
  | { readonly kind: 'answer'; readonly id: number; readonly scores: Scores }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
