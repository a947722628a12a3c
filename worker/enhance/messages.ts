/** What the daemon and its enhancer say to each other: a folder is looked at, then opened, then asked for text. */
import type { ChosenDevice } from '#worker/engine/choose-device.ts'
import type { DeviceChoice } from '#worker/engine/messages.ts'
import type { Completed, CompletionRequest } from './enhancement.ts'

/** `full`: as the checkpoint has them. `4bit`: its matrices rounded once, into a file beside it. */
export const weightForms = ['full', '4bit'] as const
export type WeightForm = (typeof weightForms)[number]
/** `auto`: `full` where there is room for that. */
export type AskedWeights = WeightForm | 'auto'

/** A base model continues a text; an instructed one answers to turns of a conversation. */
export const templates = ['base', 'instruct'] as const
export type Template = (typeof templates)[number]

export interface QwenPlace {
  /** The folder, absolute. */
  readonly path: string
  readonly weights: AskedWeights
  readonly device: DeviceChoice
  /** Threads in one operator; 0 lets the runtime choose. */
  readonly threads: number
  /** That the process sees alone, as nvidia-smi numbers it. */
  readonly gpu?: number | undefined
  /** Where the file of four-bit weights is kept; the folder itself where absent. */
  readonly fourBitFolder?: string | undefined
}

export type Command =
  /** Reads headers and the tokenizer, and does the sums: what is wrong is known before anything large is read. */
  | ({
      readonly kind: 'check'
      /** It has had its room before, in this form: what is free now is what is left beside it and the engine. */
      readonly hadRoom?: boolean
    } & QwenPlace)
  /** After `check`. */
  | { readonly kind: 'load' }
  | ({ readonly kind: 'complete' } & CompletionRequest)

export interface Answers {
  readonly check: EnhancerInfo
  readonly load: undefined
  readonly complete: Written
}

export interface EnhancerInfo extends ChosenDevice {
  /** Of the files, and of how they are run: what may change a continuation changes it. */
  readonly identity: string
  readonly weights: WeightForm
  /** Bytes of the device that it will take, by reckoning. */
  readonly bytes: number
  readonly template: Template
}

/** `overflowed`: the network's numbers were none, and the text means nothing. */
export type Written = Completed & { readonly overflowed: boolean }

/** Of the loading: the share of the weights that has been rounded, above 0, up to 1. */
export type LoadProgress = number
