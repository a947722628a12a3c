/** What enhancing agrees on: how a prompt's continuation is had from a model, and what came of a prompt. */
import type { RanEnhancement } from '#contract'

/** A greedy or sampled continuation of `prefix + text` that ends before the first newline. */
export interface CompletionRequest {
  /** The constant few-shot text, the same for many requests: its keys and values are computed once a process. */
  readonly prefix: string
  /** What follows it in this request, the beginning of the answer's line included. */
  readonly text: string
  /** 1 to 64. */
  readonly maxNewTokens: number
  readonly stop: '\n'
  /** Of a sampled continuation; without a temperature it changes nothing. */
  readonly seed?: number
  /** Absent or 0: greedy, the same text every time. */
  readonly temperature?: number
}

export interface Completed {
  /** What the model wrote after `text`, without the stop. */
  readonly text: string
  /** New tokens, the one that stopped it included. */
  readonly tokens: number
  readonly ms: number
}

export interface Completion {
  /** @throws Failure where there is no continuation to have; the signal's own reason once that is aborted. */
  complete(request: CompletionRequest, signal: AbortSignal): Promise<Completed>
}

export interface Enhancement extends RanEnhancement {
  /** What is to be drawn: never without what its author wrote. */
  readonly prompt: string
}
