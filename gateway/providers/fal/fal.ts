/** fal.ai as a provider: its queue by plain HTTP, since its own client sends a paid request again when an answer is lost. */
import { type ContentMode, Failure } from '#contract'
import type { Price } from '../price.ts'
import type { Order, Provider, SubmitOptions } from '../provider.ts'
import { createProviderHttp, type ProviderAnswer, type ProviderTimeouts } from '../provider-http.ts'
import { severalIn } from '../sent.ts'
import { DEFAULT_MODIFY_APP, readModifyApp } from './apps.ts'
import { attachReferences } from './attach-references.ts'
import { compose } from './composition.ts'
import { createFalApi } from './fal-api.ts'
import { lookAtRequest } from './look-at-request.ts'
import { pricesByOwner } from './prices.ts'
import { readWebhook } from './read-webhook.ts'
import { refusalOfFal, toldBy } from './refusal.ts'
import { placesOf, refOf, submittedSchema } from './request-ref.ts'
import { sentTo } from './sent.ts'
import { upload } from './upload.ts'
import { createWebhookKeys } from './webhook-keys.ts'

export interface FalOptions {
  /** `id:secret` */
  readonly key: string
  /** Of the queue; `https://queue.fal.run` unless given. */
  readonly baseUrl?: string | undefined
  /** Of the file store and the keys of webhooks; `https://rest.fal.ai` unless given. */
  readonly restUrl?: string | undefined
  /** `FAL_MODIFY_APP`: what MODIFY goes to first. */
  readonly modifyApp?: string | undefined
  /** Of our account: webhooks of others are refused. */
  readonly userId?: string | undefined
  readonly contentModes: readonly ContentMode[]
  /** By app, or what several begin with, such as `fal-ai/bytedance`; what is known of them unless given. */
  readonly prices?: Readonly<Record<string, Price>> | undefined
  readonly timeouts?: Partial<ProviderTimeouts> | undefined
  /** `fal.media` and below it, unless given. */
  readonly outputHosts?: readonly string[] | undefined
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

const MEDIA = ['fal.media', '*.fal.media']
/** `x-fal-request-timeout` must be more than one. */
const LEAST_SECONDS = 2
/** With less time than this, fal.ai's own ten retries would outlast us. */
const SHORT_SECONDS = 60
/** References and pictures are deleted there after this, or once the job's time is over if that is later. */
const KEPT_SECONDS = 24 * 60 * 60

/** Throws `configuration-invalid` for a `modifyApp` that is none. */
export function createFal(options: FalOptions): Provider {
  const { now = Date.now, contentModes, key, userId } = options
  const restUrl = options.restUrl ?? 'https://rest.fal.ai'
  const modifyApp = readModifyApp(options.modifyApp ?? DEFAULT_MODIFY_APP)
  const prices = pricesByOwner(options.prices ?? {}, modifyApp)
  const http = createProviderHttp({ provider: 'fal.ai', timeouts: options.timeouts })
  const baseUrl = options.baseUrl ?? 'https://queue.fal.run'
  const api = createFalApi({ http, key, baseUrl })
  const jwks = `${restUrl.replace(/\/$/, '')}/.well-known/jwks.json`
  const keys = createWebhookKeys({ http, url: jwks, now })

  async function submit(
    order: Order,
    { webhookUrl, remainingMs, signal, onComposed }: SubmitOptions,
  ) {
    const composed = compose(order, modifyApp)
    if (!composed.fits) throw new Failure('provider-failed', composed.reason)
    const { app } = composed
    const deadline = now() + remainingMs
    const kept = Math.max(KEPT_SECONDS, Math.ceil(remainingMs / 1000))
    const attached = await attachReferences(order, app, {
      seconds: Math.ceil(remainingMs / 1000) + 60,
      upload: (png) => upload(png, { http, key, restUrl, seconds: kept, now, signal }),
    })
    const input = { ...composed.input, ...attached }
    const sent = { ...sentTo(app, input), ...severalIn(attached) }
    await onComposed?.({ sent, notes: composed.notes })
    // Counted from here: an upload takes time as well.
    const seconds = Math.max(LEAST_SECONDS, Math.floor((deadline - now()) / 1000))
    const query = webhookUrl === undefined ? '' : `?fal_webhook=${encodeURIComponent(webhookUrl)}`
    const answer = await api.order({
      path: `${app.name}${query}`,
      headers: {
        'content-type': 'application/json',
        'x-fal-request-timeout': String(seconds),
        'x-fal-object-lifecycle-preference': JSON.stringify({ expiration_duration_seconds: kept }),
        ...(seconds < SHORT_SECONDS && { 'x-fal-no-retry': '1' }),
      },
      body: JSON.stringify(input),
      signal,
    })
    return refOf(accepted(answer, now()), { root: api.root, app: app.name })
  }

  return {
    name: 'fal-ai',
    contentModes,
    outputHosts: options.outputHosts ?? MEDIA,
    fit(order) {
      const { contentMode } = order.job
      if (!contentModes.includes(contentMode)) {
        return { fits: false, reason: `Content mode ${contentMode} is not listed for fal-ai.` }
      }
      const composed = compose(order, modifyApp)
      return composed.fits
        ? { fits: true, notes: composed.notes }
        : { fits: false, reason: composed.reason }
    },
    submit,
    look: (ref, signal) => lookAtRequest(ref, { api, prices, now, signal }),
    async cancel(ref, signal) {
      for (const places of placesOf(ref)) {
        const answer = await api.ask({ method: 'PUT', path: places.cancel, signal })
        if (answer.status === 404) continue
        // What is over already cannot be cancelled, and need not be.
        if (answer.status < 300 || answer.status === 400) return
        const failure = refusalOfFal(answer, now())
        if (failure.code !== 'provider-failed') throw failure
        return
      }
    },
    // There is no list to look in: what was taken and not answered, only its webhook tells of.
    find: async () => undefined,
    readWebhook: (call) => readWebhook(call, { keys, userId, now }),
  }
}

function accepted(answer: ProviderAnswer, now: number) {
  const { status } = answer
  if (status >= 200 && status < 300) {
    const read = submittedSchema.safeParse(answer.json)
    if (read.success) return read.data
    const message = 'fal.ai took the job and did not say under which name. Its webhook may tell.'
    throw new Failure('provider-ambiguous', message)
  }
  // Whoever gave up waiting for it may have passed it on before.
  if (status === 504 && !toldBy(answer).isOurTimeout) {
    const message = 'fal.ai answered 504, and may have the job. Its webhook may tell.'
    throw new Failure('provider-ambiguous', message)
  }
  if (status === 404) {
    const message = 'fal.ai has no such app (404). Check FAL_MODIFY_APP.'
    throw new Failure('provider-failed', message)
  }
  throw refusalOfFal(answer, now)
}
