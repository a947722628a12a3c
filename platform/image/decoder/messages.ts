/** What is said to the decoder's process and back: one task at a time, each answered once. */

import type { FailureCode, RgbImage } from '#contract'
import type { DecodeLimits } from '../decode.ts'
import type { Fit } from '../fit.ts'

export type Task =
  | { readonly kind: 'measure'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'decode'
      readonly bytes: Uint8Array
      readonly limits: DecodeLimits
      /** Done there too, since it takes long and a large picture takes long to hand over. */
      readonly fit: Fit | undefined
    }

export interface Answers {
  readonly measure: ImageSize
  readonly decode: RgbImage
}

/** Pixels of the picture held upright. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

export interface ToDecoder {
  readonly id: number
  readonly task: Task
}

export type FromDecoder =
  /** Everything is loaded: from here on time is the picture's. */
  | { readonly kind: 'ready' }
  | { readonly id: number; readonly kind: 'answer'; readonly answer: ImageSize | RgbImage }
  | {
      readonly id: number
      readonly kind: 'failed'
      readonly code: FailureCode
      readonly message: string
    }
