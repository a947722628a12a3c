/**
 * fal.ai's queue, file store and webhook keys as far as this project uses them, for tests: their routes, their checks,
 * and their faults on order.
 *
 *     await using fal = await falStub()
 *     const provider = createFal({ baseUrl: fal.baseUrl, restUrl: fal.restUrl, key: fal.key,
 *       userId: fal.userId, outputHosts: ['127.0.0.1'], contentModes: ['sfw'] })
 *     fal.next({ submit: 'reset-taken' }, { end: 'refused' }, { webhook: 'twice' })
 *     fal.fail('status', 'unavailable', 3)
 *
 * `next` is for the requests to come, a plan each; without one a request is IN_QUEUE for `queuedMs`, IN_PROGRESS for
 * `runMs`, then COMPLETED with a PNG an image, and tells its webhook. `fail` is for the calls that are no submission.
 * `submits` holds what reached the queue's POST, taken or not.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import { serve, type TestServer } from '../../../platform/fetch/server.case.ts'
import { type Request, reading, send } from '../stub-wire.case.ts'
import { type Fault, faultAnswer, isTaken } from './stub-faults.case.ts'
import { createRequests, type Plan, type StubRequest } from './stub-requests.case.ts'
import { answerOf } from './stub-routes.case.ts'

export interface FalStub extends TestServer {
  readonly baseUrl: string
  readonly restUrl: string
  readonly key: string
  /** Of the account that webhooks are sent for. */
  readonly userId: string
  /** By id; change one to say something else of it. */
  readonly requests: Map<string, StubRequest>
  /** The bytes that were uploaded, by the last part of their address. */
  readonly files: Map<string, Buffer>
  /** `METHOD /path` of each call, in order. */
  readonly asked: readonly string[]
  /** What reached the queue's POST, in order. */
  readonly submits: readonly Request[]
  /** Each delivery of a webhook, with what it was answered; 0 where nobody answered. */
  readonly deliveries: readonly {
    readonly id: string
    readonly ref: string
    readonly status: number
  }[]
  readonly next: (...plans: readonly Plan[]) => void
  /** As many of the next calls of a kind. */
  readonly fail: (kind: CallKind, fault: Fault, times?: number) => void
  /** From now on webhooks are signed with another key, which is published in place of the last. */
  readonly rotateKey: () => void
}

export type CallKind = 'status' | 'result' | 'cancel' | 'initiate' | 'upload' | 'jwks' | 'output'

export interface StubOptions {
  readonly queuedMs?: number
  readonly runMs?: number
  /** After which a late webhook comes. */
  readonly lateMs?: number
  /** How long a second of `x-fal-request-timeout` takes. */
  readonly secondMs?: number
}

export async function falStub(options: StubOptions = {}): Promise<FalStub> {
  const { queuedMs = 10, runMs = 20, lateMs = 150, secondMs = 1_000 } = options
  const key = `${randomBytes(8).toString('hex')}:${randomBytes(16).toString('hex')}`
  const userId = `user-${randomBytes(4).toString('hex')}`
  const asked: string[] = []
  const submits: Request[] = []
  const deliveries: { id: string; ref: string; status: number }[] = []
  const plans: Plan[] = []
  const faults = new Map<CallKind, Fault[]>()
  const files = new Map<string, Buffer>()
  let pair = generateKeyPairSync('ed25519')
  const jwks = () => ({ keys: [{ ...pair.publicKey.export({ format: 'jwk' }), use: 'sig' }] })

  const server = await serve(async (incoming, response) => {
    const request = await reading(incoming)
    asked.push(`${request.method} ${request.path}`)
    const kind = kindOf(request)
    if (kind === 'submit') submits.push(request)
    const plan = kind === 'submit' ? (plans.shift() ?? {}) : {}
    const fault = kind === 'submit' ? plan.submit : kind && faults.get(kind)?.shift()
    if (fault && !isTaken(fault)) return send(response, faultAnswer(fault))
    const parts = { key, origin: server.origin, files, requests, jwks, plan, secondMs }
    const reply = answerOf(request, parts)
    const over = reply.created && requests.run(reply.created, plan)
    if (plan.webhook === 'before-answer') await over
    send(response, fault ? faultAnswer(fault) : reply)
  })

  const requests = createRequests({ origin: server.origin, queuedMs, runMs, ended })

  /** Tells the webhook of an end, in the manner that was ordered. */
  async function ended(request: StubRequest, { webhook = 'once' }: Plan) {
    if (webhook === 'never') return
    if (webhook === 'late') await after(lateMs)
    await deliver(request)
    if (webhook === 'twice') await deliver(request)
  }

  async function deliver({ id, webhook, ended }: StubRequest) {
    if (webhook === undefined) return
    const { status = 200, json: payload = null } = ended?.result ?? {}
    const isWell = status < 400 && !ended?.error
    const error = isWell ? null : (ended?.error?.error ?? `Invalid status code: ${status}`)
    const said = { request_id: id, gateway_request_id: id, status: isWell ? 'OK' : 'ERROR' }
    const body = JSON.stringify({ ...said, payload, error })
    const seconds = Math.floor(Date.now() / 1000)
    const digest = createHash('sha256').update(body).digest('hex')
    const message = Buffer.from(`${id}\n${userId}\n${seconds}\n${digest}`)
    const headers = {
      'content-type': 'application/json',
      'x-fal-webhook-request-id': id,
      'x-fal-webhook-user-id': userId,
      'x-fal-webhook-timestamp': String(seconds),
      'x-fal-webhook-signature': sign(null, message, pair.privateKey).toString('hex'),
    }
    const call = { method: 'POST', body, headers, redirect: 'manual' } as const
    const answer = await fetch(webhook, call).catch(() => undefined)
    await answer?.arrayBuffer().catch(() => undefined)
    deliveries.push({ id, ref: id, status: answer?.status ?? 0 })
  }

  return {
    ...server,
    baseUrl: server.origin,
    restUrl: server.origin,
    key,
    userId,
    requests: requests.byId,
    files,
    asked,
    submits,
    deliveries,
    next: (...more) => void plans.push(...more),
    fail: (kind, fault, times = 1) =>
      void faults.set(kind, [...(faults.get(kind) ?? []), ...Array<Fault>(times).fill(fault)]),
    rotateKey() {
      pair = generateKeyPairSync('ed25519')
    },
    async [Symbol.asyncDispose]() {
      requests.stop()
      await server[Symbol.asyncDispose]()
    },
  }
}

function kindOf({ method, path }: Request): CallKind | 'submit' | undefined {
  if (path.startsWith('/media/')) return 'output'
  if (path === '/.well-known/jwks.json') return 'jwks'
  if (path === '/storage/upload/initiate') return 'initiate'
  if (path.startsWith('/put/')) return 'upload'
  if (method === 'PUT') return 'cancel'
  if (method === 'POST') return 'submit'
  return path.endsWith('/status') || path.endsWith('/state') ? 'status' : 'result'
}
