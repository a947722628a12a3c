/** What became of a request: its status, and once it is over its result, whose own status tells success from failure. */
import { z } from 'zod'
import { Failure } from '#contract'
import { costOf, type Price } from '../price.ts'
import type { RemoteState } from '../provider.ts'
import type { ProviderAnswer } from '../provider-http.ts'
import { ownerAndApp } from './apps.ts'
import type { FalApi } from './fal-api.ts'
import { failureOfTold, isCancelled, OURS, refusalOfFal, toldBy } from './refusal.ts'
import { stateOfOutput } from './request-output.ts'
import { placesOf, type RequestPlaces } from './request-ref.ts'

export interface LookOptions {
  readonly api: FalApi
  /** By owner and app. */
  readonly prices: Readonly<Record<string, Price>>
  readonly now: () => number
  readonly signal: AbortSignal
}

/** Throws `provider-unavailable`, `provider-throttled` and `provider-denied`, and is to be repeated then. */
export async function lookAtRequest(ref: string, options: LookOptions): Promise<RemoteState> {
  const { api, signal } = options
  for (const places of placesOf(ref)) {
    const answer = await api.ask({ method: 'GET', path: places.status, signal })
    if (answer.status !== 404) return await stateBy(answer, places, options)
  }
  const failure = new Failure('provider-failed', 'fal.ai has no such request any more.')
  return { kind: 'failed', failure }
}

const statusSchema = z.object({
  status: z.string(),
  error: z.unknown().optional(),
  error_type: z.string().nullish().catch(undefined),
  metrics: z.object({ inference_time: z.number().nonnegative().nullish() }).nullish().catch(null),
})

type Status = z.infer<typeof statusSchema>

async function stateBy(
  answer: ProviderAnswer,
  places: RequestPlaces,
  options: LookOptions,
): Promise<RemoteState> {
  if (answer.status >= 400) return refused(answer, options)
  const read = statusSchema.safeParse(answer.json)
  if (!read.success) throw unreadable()
  const { status } = read.data
  if (status === 'IN_QUEUE') return { kind: 'waiting' }
  if (status === 'IN_PROGRESS') return { kind: 'running' }
  if (status !== 'COMPLETED') {
    throw new Failure('provider-unavailable', 'fal.ai tells of a status that is not known.')
  }
  const { api, signal } = options
  const result = await api.ask({ method: 'GET', path: places.result, signal })
  const costOfResult = (images: number) => {
    const seconds = read.data.metrics?.inference_time ?? 0
    return costOf({ seconds, images }, options.prices[ownerAndApp(places.result)])
  }
  const failed = failedBy(read.data, result)
  // What fails on its side is not billed.
  if (failed) return result.status >= 500 ? failed : { ...failed, ...costOfResult(0) }
  if (result.status >= 400) return refused(result, options)
  if (result.json === undefined) throw unreadable()
  return stateOfOutput(result.json, costOfResult)
}

const unreadable = () => new Failure('provider-unavailable', 'fal.ai’s answer cannot be read.')

type Ended = Extract<RemoteState, { readonly kind: 'failed' | 'cancelled' }>

/** A COMPLETED that carries an error is a failure, whatever its result looks like. */
function failedBy({ error, error_type: type }: Status, result: ProviderAnswer): Ended | undefined {
  const hasError = (error !== undefined && error !== null && error !== '') || Boolean(type)
  const isRefused = result.status >= 400 && !OURS.has(result.status)
  if (!hasError && !isRefused) return undefined
  const byResult = isRefused ? toldBy(result) : toldBy({ headers: {}, json: undefined })
  const told = {
    ...byResult,
    types: [...byResult.types, ...(type ? [type] : [])],
    words: `${byResult.words}\n${typeof error === 'string' ? error : ''}`,
  }
  if (isCancelled(told)) return { kind: 'cancelled' }
  const failure = failureOfTold(told)
  if (failure) return { kind: 'failed', failure }
  // A 500 with words is the model’s own; what stands between it and us answers 502 to 504, and without them.
  const hasCrashed = result.status === 500 && byResult.words !== ''
  if (!hasError && !hasCrashed) return undefined
  return {
    kind: 'failed',
    failure: new Failure('provider-failed', 'fal.ai ran the job and failed.'),
  }
}

/** An answer that says nothing of the request itself is thrown: it is looked at again. */
function refused(answer: ProviderAnswer, { now }: LookOptions): RemoteState {
  const told = toldBy(answer)
  if (!OURS.has(answer.status) && isCancelled(told)) return { kind: 'cancelled' }
  if (answer.status === 404) {
    const message = 'fal.ai has what it made no more.'
    return { kind: 'failed', failure: new Failure('provider-output-lost', message) }
  }
  const failure = refusalOfFal(answer, now())
  const isOfRequest = told.types.length > 0 || told.isOurTimeout
  const isFinal = failure.code === 'provider-failed' || isOfRequest
  if (isFinal && !OURS.has(answer.status)) return { kind: 'failed', failure }
  throw failure
}
