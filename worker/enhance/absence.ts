/** Why a prompt cannot be enhanced now: a word for results and metrics, a sentence for people. */
import type { Failure, FailureCode } from '#contract'
import type { LoadProgress } from './messages.ts'

export interface Absence {
  readonly word: string
  /** Names the mend, where a person can do something. */
  readonly why: string
  readonly code: FailureCode
}

export const noModel: Absence = {
  word: 'no-model',
  why: 'QWEN_PATH names no Qwen 2.5: prompts go on as they are written.',
  code: 'configuration-invalid',
}

export const loading: Absence = {
  word: 'loading',
  why: 'Qwen 2.5 is loading: prompts go on as they are written until it has.',
  code: 'worker-unavailable',
}

export const rounding = (share: LoadProgress): Absence => ({
  ...loading,
  why: `Qwen 2.5 is rounded to four bits, once, and is ${Math.floor(100 * share)} % there: prompts go on as they are written until it has.`,
})

export const unfit: Absence = {
  word: 'unfit',
  why: 'The numbers of Qwen 2.5 overflow here, and what it writes means nothing: prompts go on as they are written. Check its files, or choose another DEVICE.',
  code: 'checkpoint-unsupported',
}

export const away = (failure: Failure): Absence => ({
  word: wordOf(failure.code),
  why: `${failure.message} Another is begun by itself; prompts go on as they are written until then.`,
  code: failure.code,
})

/** Of a text that there was none of, after a Failure with that code. */
export const wordOf = (code: FailureCode): string => words[code] ?? 'failed'

const words: Readonly<Partial<Record<FailureCode, string>>> = {
  'worker-unavailable': loading.word,
  'checkpoint-unsupported': unfit.word,
  'engine-crashed': 'crashed',
  'engine-hung': 'hung',
  'out-of-memory': 'out-of-memory',
}
