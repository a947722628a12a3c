/** The routes of Replicate's stand-in, and what each demands before it does anything. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Request, Reply as WireReply } from '../stub-wire.case.ts'
import { problemOfInput, type StubModel, stubModels, versionOf } from './model-schemas.case.ts'
import { picture } from './stub-picture.case.ts'
import type { Creation, Prediction, Predictions } from './stub-predictions.case.ts'

export interface Reply extends WireReply {
  /** What this call made. */
  readonly created?: Prediction
}

export interface RouteParts {
  readonly token: string
  readonly origin: string
  readonly files: Map<string, Buffer>
  readonly predictions: Predictions
  readonly showsWebhook: boolean
  readonly create: (creation: Creation) => Prediction
}

/** Fewer than Replicate's 100 a page, so that tests turn pages. */
const PAGE = 3

export function answerOf(request: Request, parts: RouteParts): Reply {
  const { method, path } = request
  if (path.startsWith('/delivery/')) return output(path, parts)
  if (request.headers.authorization !== `Bearer ${parts.token}`) {
    return refusal(401, 'You did not pass a valid authentication token')
  }
  const [, id = '', verb] = /^\/v1\/predictions\/([^/]+)(\/cancel)?$/.exec(path) ?? []
  const prediction = parts.predictions.byId.get(id)
  if (id && !prediction) return refusal(404, 'The requested resource could not be found.')
  if (method === 'POST' && prediction && verb) {
    parts.predictions.cancel(prediction)
    return { json: shown(prediction, parts) }
  }
  if (method === 'GET' && prediction) return { json: shown(prediction, parts) }
  if (method === 'POST' && path === '/v1/files') return upload(request, parts)
  if (method === 'GET' && path === '/v1/predictions') return list(request, parts)
  if (method === 'POST' && path === '/v1/predictions') return create(request, parts)
  const [, kind, owner, name, rest = ''] =
    /^\/v1\/(models|deployments)\/([^/]+)\/([^/]+)(\/.*)?$/.exec(path) ?? []
  const key = kind === 'deployments' ? DEPLOYMENTS[`${owner}/${name}`] : `${owner}/${name}`
  const model = stubModels[key ?? '']
  if (!model || !key) return refusal(404, 'The requested resource could not be found.')
  if (method === 'POST' && kind === 'deployments') return create(request, { ...parts, key })
  if (method === 'GET') return described({ kind, key, rest }, model)
  return refusal(405, 'Method not allowed.')
}

const DEPLOYMENTS: Readonly<Record<string, string>> = { 'acme/prod': 'stability-ai/sdxl' }

function output(path: string, { predictions }: RouteParts): Reply {
  const [, , id = ''] = path.split('/')
  return predictions.byId.has(id) ? { bytes: picture() } : { status: 404, text: 'Not Found' }
}

const shown = (prediction: Prediction, { showsWebhook }: RouteParts) => ({
  ...prediction.shown(),
  ...(showsWebhook && prediction.webhook !== undefined && { webhook: prediction.webhook }),
})

function upload({ bytes, headers }: Request, { files, origin }: RouteParts): Reply {
  const [, boundary] =
    /^multipart\/form-data; boundary=(.+)$/.exec(headers['content-type'] ?? '') ?? []
  const from = bytes.indexOf('\r\n\r\n') + 4
  const to = bytes.lastIndexOf(`\r\n--${boundary}`)
  if (!boundary || !/name="content"/.test(bytes.subarray(0, from).toString()) || to < from) {
    return refusal(400, 'Missing content')
  }
  const id = randomBytes(13).toString('hex')
  files.set(id, bytes.subarray(from, to))
  const urls = { get: `${origin}/v1/files/${id}` }
  const about = { content_type: 'image/png', size: to - from, checksums: {}, metadata: {} }
  return { status: 201, json: { id, ...about, created_at: new Date().toISOString(), urls } }
}

function list({ query }: Request, parts: RouteParts): Reply {
  const since = Date.parse(query.get('created_after') ?? '1970-01-01T00:00:00Z')
  if (Number.isNaN(since)) return refusal(400, 'created_after is not a date-time')
  const from = Number(query.get('cursor') ?? 0)
  const all = [...parts.predictions.byId.values()]
    .reverse()
    .filter(({ createdAt }) => createdAt >= since)
  const next = new URL('/v1/predictions', parts.origin)
  if (query.has('created_after'))
    next.searchParams.set('created_after', query.get('created_after') ?? '')
  next.searchParams.set('cursor', String(from + PAGE))
  const results = all.slice(from, from + PAGE).map((prediction) => shown(prediction, parts))
  return { json: { previous: null, next: from + PAGE < all.length ? next.href : null, results } }
}

/** No other field may be there. */
const creation = z.strictObject({
  version: z.string().optional(),
  input: z.record(z.string(), z.unknown()),
  stream: z.boolean().optional(),
  webhook: z.url().optional(),
  webhook_events_filter: z.array(z.enum(['start', 'output', 'logs', 'completed'])).optional(),
})

function create(request: Request, parts: RouteParts & { readonly key?: string }): Reply {
  const body = creation.safeParse(JSON.parse(request.bytes.toString()))
  if (!body.success) return refusal(422, 'The request body is not as it should be')
  const { version, input, webhook } = body.data
  if ((version === undefined) === (parts.key === undefined))
    return refusal(422, '- version is required')
  const found = parts.key ? ([parts.key, stubModels[parts.key]] as const) : called(version ?? '')
  if (!found?.[1]) return refusal(422, 'Invalid version or not permitted')
  const [key, model] = found
  const problem = problemOfInput(model, input)
  if (problem) return refusal(422, problem)
  const deadline = deadlineOf(request.headers['cancel-after'])
  if (deadline === null) return refusal(422, 'Cancel-After must be at least 5 seconds')
  const made = parts.create({ model: key, version: model.version, input, webhook, deadline })
  return { status: 201, json: shown(made, parts), created: made }
}

/** By owner and name where the model is official, by its version alone or behind the name where it is not. */
function called(version: string): readonly [string, StubModel | undefined] | undefined {
  return Object.entries(stubModels).find(([name, model]) =>
    model.isOfficial
      ? version === name
      : version === model.version || version === `${name}:${model.version}`,
  )
}

function deadlineOf(header: unknown): number | undefined | null {
  if (header === undefined) return undefined
  const seconds = Number(/^(\d+)s?$/.exec(String(header))?.[1])
  return seconds >= 5 ? Date.now() + seconds * 1000 : null
}

interface Described {
  readonly kind: string | undefined
  readonly key: string
  readonly rest: string
}

function described({ kind, key, rest }: Described, model: StubModel): Reply {
  if (kind === 'deployments') {
    return { json: { current_release: { number: 1, model: key, version: model.version } } }
  }
  if (rest === `/versions/${model.version}`) return { json: versionOf(model) }
  if (rest !== '') return refusal(404, 'The requested resource could not be found.')
  const [owner, name] = key.split('/')
  return { json: { owner, name, is_official: model.isOfficial, latest_version: versionOf(model) } }
}

const refusal = (status: number, detail: string): Reply => ({
  status,
  json: { title: 'Refused', detail, status },
})
