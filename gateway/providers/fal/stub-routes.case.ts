/** The routes of fal.ai's stand-in, and what each demands before it does anything. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { picture } from '../replicate/stub-picture.case.ts'
import type { Request, Reply as WireReply } from '../stub-wire.case.ts'
import { appInputs } from './app-inputs.case.ts'
import type { Plan, Requests, StubRequest, Submission } from './stub-requests.case.ts'

export interface Reply extends WireReply {
  /** What this call made. */
  readonly created?: StubRequest
}

export interface RouteParts {
  readonly key: string
  readonly origin: string
  readonly files: Map<string, Buffer>
  readonly requests: Requests
  readonly jwks: () => unknown
  readonly plan: Plan
  readonly secondMs: number
}

export function answerOf(request: Request, parts: RouteParts): Reply {
  const { method, path, headers, bytes } = request
  const { files, requests } = parts
  if (path === '/.well-known/jwks.json') return { json: parts.jwks() }
  if (path.startsWith('/media/')) {
    const [, , id = ''] = path.split('/')
    return requests.byId.has(id) ? { bytes: picture() } : { status: 404, text: 'Not Found' }
  }
  if (method === 'PUT' && path.startsWith('/put/')) {
    if (headers.authorization !== undefined) return refusal(400, 'One authorization is enough')
    if (headers['content-type'] !== 'image/png') return refusal(403, 'SignatureDoesNotMatch')
    files.set(path.slice(5), bytes)
    return { text: '' }
  }
  if (headers.authorization !== `Key ${parts.key}`) return refusal(401, 'No user found for Key')
  if (method === 'POST' && path === '/storage/upload/initiate') return initiate(request, parts)
  const app = path.slice(1)
  if (method === 'POST' && appInputs[app]) return submit(request, app, parts)
  return ofRequest(request, parts) ?? refusal(404, 'Not Found')
}

const initiation = z.strictObject({ content_type: z.string(), file_name: z.string().min(1) })

function initiate({ query, bytes }: Request, { origin }: RouteParts): Reply {
  const body = initiation.safeParse(JSON.parse(bytes.toString()))
  if (!body.success || query.get('storage_type') !== 'fal-cdn-v3') {
    return refusal(422, 'content_type and file_name are required')
  }
  const name = `${randomUUID()}_${body.data.file_name}`
  return { json: { upload_url: `${origin}/put/${name}`, file_url: `${origin}/files/${name}` } }
}

function submit({ query, headers, bytes }: Request, app: string, parts: RouteParts): Reply {
  const input = appInputs[app]?.safeParse(JSON.parse(bytes.toString()))
  if (!input?.success) {
    const issues = input?.error.issues ?? []
    const detail = issues.map(({ path, message, code }) => ({
      loc: ['body', ...path],
      msg: message,
      type: code,
    }))
    return { status: 422, json: { detail } }
  }
  const timeout = headers['x-fal-request-timeout']
  if (timeout !== undefined && !(Number(timeout) > 1)) return refusal(400, 'Invalid timeout')
  const submission: Submission = {
    app,
    input: z.record(z.string(), z.unknown()).parse(input.data),
    webhook: query.get('fal_webhook') ?? undefined,
    timeoutMs: timeout === undefined ? undefined : Number(timeout) * parts.secondMs,
  }
  const created = parts.requests.create(submission)
  const json = {
    status: 'IN_QUEUE',
    request_id: created.id,
    gateway_request_id: created.id,
    queue_position: 0,
    ...addressesOf(created, parts),
  }
  return { json, created }
}

function addressesOf({ id, app }: StubRequest, { origin, plan }: RouteParts) {
  if (plan.addresses === 'none') return {}
  if (plan.addresses === 'unusual') {
    const at = `${origin}/held/${id}`
    return { response_url: `${at}/out`, status_url: `${at}/state`, cancel_url: `${at}/stop` }
  }
  const host = plan.addresses === 'foreign' ? 'https://queue.evil.example' : origin
  const at = `${host}/${ownerOf(app)}/requests/${id}`
  return { response_url: at, status_url: `${at}/status`, cancel_url: `${at}/cancel` }
}

const ownerOf = (app: string): string => app.split('/').slice(0, 2).join('/')

/** Only the owner and the app count, not what else was in the address of the submission. */
function ofRequest({ method, path }: Request, { requests }: RouteParts): Reply | undefined {
  const [, held, unusual] = /^\/held\/([^/]+)\/(out|state|stop)$/.exec(path) ?? []
  const [, owner, named, verb = 'out'] =
    /^\/([^/]+\/[^/]+)\/requests\/([^/]+)(?:\/(status|cancel))?$/.exec(path) ?? []
  const request = requests.byId.get(held ?? named ?? '')
  if (!request || (owner !== undefined && ownerOf(request.app) !== owner)) return undefined
  const what = unusual ?? verb
  if (method === 'PUT' && (what === 'cancel' || what === 'stop')) return cancel(request, requests)
  if (method !== 'GET') return undefined
  return what === 'out' ? resultOf(request) : statusOf(request)
}

function cancel(request: StubRequest, requests: Requests): Reply {
  if (request.status === 'COMPLETED') return { status: 400, json: { status: 'ALREADY_COMPLETED' } }
  requests.cancel(request)
  return { status: 202, json: { status: 'CANCELLATION_REQUESTED' } }
}

function statusOf({ id, status, ended }: StubRequest): Reply {
  if (status === 'IN_QUEUE')
    return { status: 202, json: { status, request_id: id, queue_position: 0 } }
  if (status === 'IN_PROGRESS') return { status: 202, json: { status, request_id: id, logs: null } }
  const metrics = { inference_time: 2.5 }
  return { json: { status, request_id: id, logs: null, metrics, ...ended?.error } }
}

function resultOf({ status, ended }: StubRequest): Reply {
  if (status === 'COMPLETED' && ended) return ended.result
  return refusal(400, 'Request is still in progress')
}

const refusal = (status: number, detail: string): Reply => ({ status, json: { detail } })
