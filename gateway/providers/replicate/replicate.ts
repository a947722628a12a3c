/** Replicate as a provider: by plain HTTP, since its own client sends a paid request again when an answer is lost. */
import { type ContentMode, Failure } from '#contract'
import type { Price } from '../price.ts'
import type { Order, Provider, SubmitOptions } from '../provider.ts'
import { createProviderHttp, type ProviderAnswer, type ProviderTimeouts } from '../provider-http.ts'
import { blamesContent } from '../refused-content.ts'
import { severalIn } from '../sent.ts'
import { attachReferences } from './attach-references.ts'
import { compose } from './composition.ts'
import { findPrediction } from './find-prediction.ts'
import { createModelSource } from './model.ts'
import type { StrengthDirection } from './model-cards.ts'
import { predictionSchema, stateOf } from './prediction.ts'
import { predictionRequest } from './prediction-request.ts'
import { readWebhook } from './read-webhook.ts'
import { createReplicateApi } from './replicate-api.ts'
import { sentTo } from './sent.ts'

export interface ReplicateOptions {
  readonly token: string
  /** `https://api.replicate.com/v1` unless given. */
  readonly baseUrl?: string | undefined
  /** `owner/name`, `owner/name:VERSION`, a version alone, or `deployments/owner/name`. */
  readonly model: string
  /** What 1 means to a model that the table does not know; without it such a model gets no references. */
  readonly strength?: StrengthDirection | undefined
  /** Two while one is being replaced; without any, webhooks are refused and polling alone tells. */
  readonly webhookSecrets?: readonly string[] | undefined
  readonly contentModes: readonly ContentMode[]
  readonly price?: Price | undefined
  readonly timeouts?: Partial<ProviderTimeouts> | undefined
  /** `replicate.delivery` and below it, unless given. */
  readonly outputHosts?: readonly string[] | undefined
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export interface Replicate extends Provider {
  /** Asks what the model takes, so that `fit` knows it before the first job. Throws as `submit`. */
  readonly prepare: () => Promise<void>
}

const DELIVERY = ['replicate.delivery', '*.replicate.delivery']
/** Of what was sent and never answered. */
const MOST_REMEMBERED = 1_000

/** Throws `configuration-invalid` for a model's name that is none. */
export function createReplicate(options: ReplicateOptions): Replicate {
  const { now = Date.now, contentModes, webhookSecrets: secrets = [] } = options
  const baseUrl = options.baseUrl ?? 'https://api.replicate.com/v1'
  const http = createProviderHttp({ provider: 'Replicate', timeouts: options.timeouts })
  const api = createReplicateApi({ http, token: options.token, baseUrl, now })
  const source = createModelSource({ api, name: options.model, strength: options.strength })
  /** By webhook: the inputs of requests that nobody answered. */
  const unanswered = new Map<string, Readonly<Record<string, unknown>>>()

  async function submit(
    order: Order,
    { webhookUrl, remainingMs, signal, onComposed }: SubmitOptions,
  ) {
    const model = await source.model()
    const composed = compose(order, model)
    if (!composed.fits) throw new Failure('provider-failed', composed.reason)
    const deadline = now() + remainingMs
    const { pictures } = composed
    const addressSeconds = Math.ceil(remainingMs / 1000) + 60
    const attached =
      pictures &&
      (await attachReferences(order, { api, pictures, seconds: addressSeconds, signal }))
    const input = { ...composed.input, ...attached }
    const { notes } = composed
    const sent = { ...sentTo(model, input, order.planned), ...severalIn(attached) }
    await onComposed?.({ sent, notes })
    // Counted from here: an upload takes time as well.
    const seconds = Math.max(LEAST_SECONDS, Math.floor((deadline - now()) / 1000))
    const message = predictionRequest({ model, input, webhookUrl, baseUrl, seconds })
    try {
      const answer = await api.order(model.path, { ...message, signal })
      if (answer.status === 404 || answer.status === 422) source.forget()
      return refOf(answer, api.refusal)
    } catch (error) {
      const isAmbiguous = error instanceof Failure && error.code === 'provider-ambiguous'
      if (isAmbiguous && webhookUrl !== undefined) remember(webhookUrl, input)
      throw error
    }
  }

  function remember(webhookUrl: string, input: Readonly<Record<string, unknown>>) {
    unanswered.set(webhookUrl, input)
    const [oldest] = unanswered.keys()
    if (unanswered.size > MOST_REMEMBERED && oldest !== undefined) unanswered.delete(oldest)
  }

  return {
    name: 'replicate',
    contentModes,
    outputHosts: options.outputHosts ?? DELIVERY,
    prepare: async () => void (await source.model()),
    fit(order) {
      const { contentMode } = order.job
      if (!contentModes.includes(contentMode)) {
        return { fits: false, reason: `Content mode ${contentMode} is not listed for replicate.` }
      }
      const composed = compose(order, source.known())
      return composed.fits ? { fits: true, notes: composed.notes } : composed
    },
    submit,
    async look(ref, signal) {
      const answer = await api.get(`predictions/${encodeURIComponent(ref)}`, signal)
      if (answer.status === 404) {
        const failure = new Failure('provider-failed', 'Replicate has no such prediction any more.')
        return { kind: 'failed', failure }
      }
      const read = predictionSchema.safeParse(answer.json)
      if (read.success) return stateOf(read.data, options.price)
      throw new Failure('provider-unavailable', 'Replicate’s answer cannot be read.')
    },
    async cancel(ref, signal) {
      await api.post(`predictions/${encodeURIComponent(ref)}/cancel`, { signal }).catch((error) => {
        // What is over already cannot be cancelled, and need not be.
        if (!(error instanceof Failure) || error.code !== 'provider-failed') throw error
      })
    },
    async find({ since, webhookUrl }, signal) {
      if (webhookUrl === undefined) return undefined
      const input = unanswered.get(webhookUrl)
      const ref = await findPrediction(api, { since, webhookUrl, input, signal })
      if (ref !== undefined) unanswered.delete(webhookUrl)
      return ref
    },
    readWebhook: async (call) => readWebhook(call, { secrets, now }),
  }
}

/** Of `Cancel-After`. */
const LEAST_SECONDS = 5

function refOf(answer: ProviderAnswer, refusal: (answer: ProviderAnswer) => Failure): string {
  const { status, text } = answer
  if (status >= 200 && status < 300) {
    const read = predictionSchema.pick({ id: true }).safeParse(answer.json)
    if (read.success) return read.data.id
    const message = 'Replicate took the job and did not say under which name. It is asked after.'
    throw new Failure('provider-ambiguous', message)
  }
  // Whoever gave up waiting for it may have passed it on before.
  if (status === 504) {
    throw new Failure(
      'provider-ambiguous',
      'Replicate answered 504. It is asked whether it has the job.',
    )
  }
  if ((status === 400 || status === 422) && blamesContent(text)) {
    throw new Failure('provider-refused-content', 'Replicate refused the content.')
  }
  if (status === 404) {
    const message = 'Replicate has no such model or version (404). Check REPLICATE_MODEL.'
    throw new Failure('provider-failed', message)
  }
  throw refusal(answer)
}
