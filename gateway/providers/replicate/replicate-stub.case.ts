/**
 * Replicate's HTTP API as far as this project uses it, for tests: its routes, its checks, and its faults on order.
 *
 *     await using replicate = await replicateStub()
 *     const provider = createReplicate({ baseUrl: replicate.baseUrl, token: replicate.token,
 *       webhookSecrets: [replicate.secret], outputHosts: ['127.0.0.1'], model: 'stability-ai/sdxl', … })
 *     replicate.next({ create: 'reset-taken' }, { end: 'filtered' }, { webhook: 'twice' })
 *     replicate.fail('look', 'unavailable', 3)
 *
 * `next` is for the predictions to come, a plan each; without one a prediction is `starting` for `queuedMs`,
 * `processing` for `runMs`, then succeeds with a PNG an image and tells its webhook. `fail` is for the calls that are
 * no creation. `creates` counts what reached `POST …/predictions`, taken or not.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import { serve, type TestServer } from '../../../platform/fetch/server.case.ts'
import { standardSignature } from '../../../platform/webhook/sign.ts'
import { type Request, reading, send } from '../stub-wire.case.ts'
import { type Fault, faultAnswer } from './stub-faults.case.ts'
import { createPredictions, type Plan, type Prediction } from './stub-predictions.case.ts'
import { answerOf } from './stub-routes.case.ts'

export interface ReplicateStub extends TestServer {
  readonly baseUrl: string
  readonly token: string
  /** That webhooks are signed with. */
  readonly secret: string
  /** By id; change one to say something else of it. */
  readonly predictions: Map<string, Prediction>
  /** The bytes that were uploaded, by id. */
  readonly files: Map<string, Buffer>
  /** `METHOD /path` of each call, in order. */
  readonly asked: readonly string[]
  /** What reached `POST …/predictions`, in order. */
  readonly creates: readonly Request[]
  /** Each delivery of a webhook, with what it was answered; 0 where nobody answered. */
  readonly deliveries: readonly {
    readonly id: string
    readonly ref: string
    readonly status: number
  }[]
  readonly next: (...plans: readonly Plan[]) => void
  /** As many of the next calls of a kind. */
  readonly fail: (kind: CallKind, fault: Fault, times?: number) => void
}

export type CallKind = 'look' | 'list' | 'cancel' | 'files' | 'model' | 'output'

export interface StubOptions {
  readonly queuedMs?: number
  readonly runMs?: number
  /** After which a late webhook comes. */
  readonly lateMs?: number
  /** Whether predictions say their webhook, as the official client's types have it and the OpenAPI document not. */
  readonly showsWebhook?: boolean
}

export async function replicateStub(options: StubOptions = {}): Promise<ReplicateStub> {
  const { queuedMs = 10, runMs = 20, lateMs = 150, showsWebhook = true } = options
  const token = `r8_${randomBytes(8).toString('hex')}`
  const secret = `whsec_${randomBytes(24).toString('base64')}`
  const asked: string[] = []
  const creates: Request[] = []
  const deliveries: { id: string; ref: string; status: number }[] = []
  const plans: Plan[] = []
  const faults = new Map<CallKind, Fault[]>()
  const files = new Map<string, Buffer>()

  const server = await serve(async (incoming, response) => {
    const request = await reading(incoming)
    asked.push(`${request.method} ${request.path}`)
    const isCreation = request.method === 'POST' && request.path.endsWith('/predictions')
    if (isCreation) creates.push(request)
    const plan = isCreation ? (plans.shift() ?? {}) : {}
    const kind = kindOf(request)
    const fault = isCreation ? plan.create : kind && faults.get(kind)?.shift()
    if (fault && fault !== 'reset-taken' && fault !== 'silent-taken' && fault !== 'malformed') {
      return send(response, faultAnswer(fault))
    }
    const parts = { token, origin: server.origin, files, predictions, showsWebhook }
    const reply = answerOf(request, { ...parts, create: predictions.create })
    const created = isCreation && reply.created
    const over = created && predictions.run(created, plan)
    if (plan.webhook === 'before-answer') await over
    send(response, fault ? faultAnswer(fault) : reply)
  })

  const predictions = createPredictions({ origin: server.origin, queuedMs, runMs, ended })

  /** Tells the webhook of an end, in the manner that was ordered. */
  async function ended(prediction: Prediction, { webhook = 'once' }: Plan) {
    if (webhook === 'never') return
    if (webhook === 'late') await after(lateMs)
    const id = await deliver(prediction)
    if (webhook === 'twice') await deliver(prediction, id)
  }

  async function deliver(prediction: Prediction, id = `msg_${randomBytes(8).toString('hex')}`) {
    if (prediction.webhook === undefined) return id
    const body = JSON.stringify(prediction.shown())
    const headers = standardSignature(body, { id, now: Date.now(), secrets: [secret] })
    const message = {
      method: 'POST',
      body,
      headers: { ...headers, 'content-type': 'application/json' },
    }
    const answer = await fetch(prediction.webhook, { ...message, redirect: 'manual' }).catch(
      () => undefined,
    )
    await answer?.arrayBuffer().catch(() => undefined)
    deliveries.push({ id, ref: prediction.id, status: answer?.status ?? 0 })
    return id
  }

  return {
    ...server,
    baseUrl: `${server.origin}/v1`,
    token,
    secret,
    predictions: predictions.byId,
    files,
    asked,
    creates,
    deliveries,
    next: (...more) => void plans.push(...more),
    fail: (kind, fault, times = 1) =>
      void faults.set(kind, [...(faults.get(kind) ?? []), ...Array<Fault>(times).fill(fault)]),
    async [Symbol.asyncDispose]() {
      predictions.stop()
      await server[Symbol.asyncDispose]()
    },
  }
}

function kindOf({ method, path }: Request): CallKind | undefined {
  if (path.startsWith('/delivery/')) return 'output'
  if (path.endsWith('/cancel')) return 'cancel'
  if (path.endsWith('/files')) return 'files'
  if (/^\/v1\/(?:models|deployments)\//.test(path)) return 'model'
  if (method === 'GET' && path === '/v1/predictions') return 'list'
  return method === 'GET' && path.startsWith('/v1/predictions/') ? 'look' : undefined
}
