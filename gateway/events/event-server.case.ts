/** A gateway's event streams on a real socket, for tests, and clients that read them. */
import { type Queue, writeResult } from '#contract'
import { createLog } from '#platform/log.ts'
import type { Database } from '../database/database.ts'
import { listen } from '../http/listen.ts'
import { refuse } from '../http/refuse.ts'
import { createRouter } from '../http/router.ts'
import { assetOf, callerNamed, type TestGateway, testGateway } from '../jobs/jobs.case.ts'
import { jobEventRoutes } from '../routes/job-events.ts'
import { createEventStreams, type EventStreamLimits, type EventStreams } from './event-streams.ts'
import { createJobWatch, type JobWatch, type JobWatchParts } from './job-watch.ts'

export interface EventServer extends AsyncDisposable {
  readonly port: number
  readonly gateway: TestGateway
  readonly watch: JobWatch
  readonly streams: EventStreams
  /** What was thrown at the watch or a stream. */
  readonly errors: unknown[]
  readonly get: (id: string, options?: GetOptions) => Promise<Response>
  /** The events of one that answered 200. */
  readonly follow: (id: string, options?: GetOptions) => Promise<Client>
}

export interface GetOptions {
  readonly caller?: string
  readonly lastEventId?: string | undefined
  readonly method?: 'GET' | 'HEAD'
  readonly signal?: AbortSignal
}

export interface ServerOptions {
  readonly queue?: Queue
  readonly limits?: Partial<EventStreamLimits>
  readonly watch?: Partial<JobWatchParts>
}

export async function eventServer(
  database: Database,
  { queue, limits, watch: watchParts }: ServerOptions = {},
): Promise<EventServer> {
  const gateway = await testGateway(database, { ...(queue && { queue }) })
  const errors: unknown[] = []
  const onError = (error: unknown) => errors.push(error)
  const watch = createJobWatch({ database, queue: gateway.queue, onError, ...watchParts })
  const streams = createEventStreams({ onError, ...limits })
  const app = createRouter()
  const parts = {
    ...{ database, storage: gateway.storage, jobWatch: watch, eventStreams: streams },
    authenticate: async ({ header }: { header: (name: string) => string | undefined }) =>
      callerNamed(header('x-caller') ?? 'anna'),
    limits: { check: async () => ({ ok: true, retryAfterMs: 0, headers: {} }) },
  }
  app.route('/', jobEventRoutes(parts))
  app.onError(refuse(createLog({ level: 'silent' })))
  const door = await listen(app.fetch, { host: '127.0.0.1', port: 0 })
  const get = (id: string, { caller, lastEventId, method = 'GET', signal }: GetOptions = {}) =>
    fetch(`http://127.0.0.1:${door.port}/v1/jobs/${id}/events`, {
      method,
      ...(signal && { signal }),
      headers: {
        ...(caller && { 'x-caller': caller }),
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    })
  return {
    ...{ port: door.port, gateway, watch, streams, errors, get },
    async follow(id, options) {
      const controller = new AbortController()
      const response = await get(id, { ...options, signal: controller.signal })
      if (response.status !== 200) throw new Error(`answered ${response.status}`)
      return createClient(response, controller)
    },
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]()
      await watch[Symbol.asyncDispose]()
      await gateway[Symbol.asyncDispose]()
    },
  }
}

export interface Heard {
  readonly event: string
  readonly id: string | undefined
  readonly data: Readonly<Record<string, unknown>>
}

export interface Client {
  readonly response: Response
  /** The next event; undefined at the end. Comments are counted, and passed over. */
  readonly next: () => Promise<Heard | undefined>
  /** Events up to the first of this kind. Throws where the stream ends without one. */
  readonly until: (event: string) => Promise<readonly Heard[]>
  readonly pings: () => number
  readonly close: () => void
}

function createClient(response: Response, controller: AbortController): Client {
  let pings = 0
  const events = (async function* read(): AsyncGenerator<Heard, undefined> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        if (block.startsWith(':')) pings++
        const { event, id, data } = fieldsOf(block)
        if (event && data) yield { event, id, data: JSON.parse(data) }
      }
    }
    return undefined
  })()
  const next = async () => (await events.next()).value
  return {
    response,
    next,
    async until(event) {
      const heard: Heard[] = []
      for (;;) {
        const each = await next()
        if (!each) throw new Error(`no ${event} after ${heard.map((one) => one.event)}`)
        heard.push(each)
        if (each.event === event) return heard
      }
    },
    pings: () => pings,
    close: () => controller.abort(),
  }
}

function fieldsOf(block: string): Partial<Record<string, string>> {
  const lines = block.split('\n').map((line) => line.split(/: (.*)/s))
  return Object.fromEntries(lines.map(([name = '', value = '']) => [name, value]))
}

/** What a worker says of a picture that is stored where it belongs. */
export const resultOf = (id: string): string =>
  writeResult({ mode: 'txt2img', prompt: 'a cat', assets: [assetOf(id)] })
