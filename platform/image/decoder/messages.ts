/** What is asked of the decoder's process, and answered: one task at a time. */

import type { RgbImage } from '#contract'
import type { DecodeLimits } from '../decode.ts'
import type { Fit } from '../fit.ts'

export type Task =
  /** Answered once everything is loaded: from there on time is the picture's. */
  | { readonly kind: 'start' }
  | { readonly kind: 'measure'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'decode'
      readonly bytes: Uint8Array
      readonly limits: DecodeLimits
      /** Done there too, since it takes long and a large picture takes long to hand over. */
      readonly fit: Fit | undefined
    }

export interface Answers {
  readonly start: undefined
  readonly measure: ImageSize
  readonly decode: RgbImage
}

/** Pixels of the picture held upright. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}
