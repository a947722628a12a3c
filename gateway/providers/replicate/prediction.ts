/** A prediction as Replicate tells of it, and what that means for the attempt. */
import { z } from 'zod'
import { Failure } from '#contract'
import { costOf, type Price } from '../price.ts'
import type { RemoteState } from '../provider.ts'
import { blamesContent } from '../refused-content.ts'

export const predictionSchema = z.object({
  id: z.string().min(1),
  status: z.string(),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  logs: z.string().nullish(),
  input: z.record(z.string(), z.unknown()).nullish(),
  data_removed: z.boolean().nullish(),
  metrics: z.object({ predict_time: z.number().nonnegative().nullish() }).nullish(),
  created_at: z.string().optional(),
  /** Not in the OpenAPI document; in the types of the official client. */
  webhook: z.string().nullish(),
})

export type Prediction = z.infer<typeof predictionSchema>

/** Throws `provider-unavailable` for a status that there is none of: it is looked at again. */
export function stateOf(prediction: Prediction, price?: Price): RemoteState {
  const { status } = prediction
  if (status === 'starting') return { kind: 'waiting' }
  if (status === 'processing') {
    const progress = progressIn(prediction.logs ?? '')
    return { kind: 'running', ...(progress !== undefined && { progress }) }
  }
  const outputs = status === 'succeeded' ? addressesIn(prediction.output) : []
  const seconds = prediction.metrics?.predict_time ?? 0
  const cost = costOf({ seconds, images: outputs.length }, price)
  // `aborted`: ended before it started, by its deadline or by us.
  if (status === 'canceled' || status === 'aborted') return { kind: 'cancelled', ...cost }
  if (status === 'failed') return { kind: 'failed', failure: failureIn(prediction.error), ...cost }
  if (status !== 'succeeded') {
    throw new Failure('provider-unavailable', 'Replicate tells of a status that is not known.')
  }
  if (outputs.length > 0) return { kind: 'done', outputs, ...seedOf(prediction), ...cost }
  const failure = prediction.data_removed
    ? new Failure(
        'provider-output-lost',
        'Replicate has deleted what it made, as it does after an hour.',
      )
    : new Failure('provider-failed', 'Replicate says that it succeeded, and has no picture.')
  return { kind: 'failed', failure, ...cost }
}

/** Of the last progress bar that tqdm wrote: ` 25%|██▌       | 5/20`. */
function progressIn(logs: string): number | undefined {
  const [, percent] = [...logs.matchAll(/(\d{1,3})%\|/g)].at(-1) ?? []
  return percent === undefined ? undefined : Math.min(1, Number(percent) / 100)
}

/** Text, lists and objects of text, as deep as models were seen to nest them. */
function addressesIn(output: unknown, depth = 0): readonly string[] {
  if (typeof output === 'string') return /^https?:\/\//.test(output) ? [output] : []
  if (typeof output !== 'object' || output === null || depth > 3) return []
  return Object.values(output).flatMap((value: unknown) => addressesIn(value, depth + 1))
}

/** What it says it used, which a model may have drawn itself; else what it was sent. */
function seedOf({ logs, input }: Prediction) {
  const [, used] = /\bseed: (\d{1,16})\b/i.exec(logs ?? '') ?? []
  const seed = used === undefined ? input?.seed : Number(used)
  return typeof seed === 'number' ? { seed } : {}
}

/** Never with the provider's words, which may repeat the prompt; its code alone. */
function failureIn(error: unknown): Failure {
  const words = typeof error === 'string' ? error : (JSON.stringify(error) ?? '')
  if (blamesContent(words)) {
    return new Failure('provider-refused-content', 'Replicate refused the content.')
  }
  if (/\bE1001\b|out of memory/i.test(words)) {
    const message =
      'The memory of Replicate’s machine was not enough (E1001). Ask for a smaller picture.'
    return new Failure('provider-failed', message)
  }
  const [code] = /\bE\d{4}\b/.exec(words) ?? []
  return new Failure(
    'provider-failed',
    `Replicate ran the job and failed${code ? ` (${code})` : ''}.`,
  )
}
