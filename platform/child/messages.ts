/** What is said to a process that works by turns, and back: one command at a time, each answered once. */
import type { FailureCode } from '#contract'

export interface AnyCommand {
  readonly kind: string
}

/** What each kind of command is answered with. */
export type AnswersTo<Command extends AnyCommand> = {
  readonly [Kind in Command['kind']]: unknown
}

export type ToProcess<Command> =
  | { readonly kind: 'command'; readonly id: number; readonly command: Command }
  | { readonly kind: 'cancel'; readonly id: number }

export type FromProcess<Answer, Progress> =
  /** A sign of life: `stage` begins now, and has its own deadline. */
  | { readonly kind: 'stage'; readonly id: number; readonly stage: string }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  | {
      readonly kind: 'failed'
      readonly id: number
      readonly code: FailureCode
      readonly message: string
    }
