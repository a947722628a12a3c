/** Hosts of checkpoints that speak what Hugging Face and Civitai document: redirects to a store, hashes told on the way, ranges. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HostStub extends AsyncDisposable {
  /** The host's own origin, and the store's. */
  readonly origin: string
  readonly store: string
  readonly asked: Asked[]
  /** Changes what happens from the next request on. */
  readonly set: (behaviour: Behaviour) => void
}

export interface Asked {
  readonly at: 'host' | 'store'
  readonly path: string
  readonly authorization: string | undefined
  readonly range: string | undefined
}

export interface Behaviour {
  /** The host answers so, instead of a redirect. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** The store's connection breaks after so many bytes of each answer. */
  readonly cutAfter?: number
  readonly token?: string
  readonly content?: Buffer
  readonly etag?: string
  /** That it tells, rightly or not. */
  readonly sha256?: string
  /** How long it says that the file is. */
  readonly claims?: number
  /** The store answers a range so, whatever was asked: with 416, or with a part that begins elsewhere. */
  readonly range?: 'refused' | 'another'
  /** The store says neither a length nor a validator. */
  readonly isVague?: boolean
}

export const sha256 = (content: Buffer): string =>
  createHash('sha256').update(content).digest('hex')

export async function startHosts(first: Behaviour = {}): Promise<HostStub> {
  let now: Behaviour = first
  const asked: Asked[] = []
  const note = (at: Asked['at'], { url = '/', headers }: IncomingMessage) => {
    asked.push({ at, path: url, authorization: headers.authorization, range: headers.range })
  }
  const store = await listen((request, response) => {
    note('store', request)
    giveFile(request, response, now)
  })
  const host = await listen((request, response) => {
    note('host', request)
    const { status, headers = {}, token, content = Buffer.alloc(0) } = now
    if (status !== undefined) return response.writeHead(status, headers).end()
    if (request.url?.startsWith('/api/v1/model-versions/')) {
      const files = [
        { hashes: {} },
        { primary: true, hashes: { SHA256: hashTold(now).toUpperCase() } },
      ]
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ files }))
    }
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      return response.writeHead(401).end()
    }
    const linked = { 'x-linked-etag': `"${hashTold(now)}"`, 'x-linked-size': `${content.length}` }
    const isHuggingFace = request.url?.includes('/resolve/')
    const location = `${store.origin}/blob/model.safetensors?signature=secret`
    response.writeHead(302, { location, ...(isHuggingFace && linked) }).end()
  })
  return {
    ...{ origin: host.origin, store: store.origin, asked },
    set(behaviour) {
      now = behaviour
    },
    async [Symbol.asyncDispose]() {
      for (const { server } of [host, store]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

const hashTold = ({ sha256: told, content = Buffer.alloc(0) }: Behaviour): string =>
  told ?? sha256(content)

function giveFile(request: IncomingMessage, response: ServerResponse, now: Behaviour): void {
  const { content = Buffer.alloc(0), etag = '"v1"', cutAfter, isVague, claims, range } = now
  const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
  const isRange = start !== undefined && request.headers['if-range'] === etag
  if (isRange && range === 'refused') return void response.writeHead(416).end()
  const from = isRange ? Number(start) - (range === 'another' ? 1_000 : 0) : 0
  const rest = content.subarray(from)
  response.writeHead(isRange ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment; filename="../../lustify.safetensors"',
    ...(!isVague && { etag, 'content-length': claims ?? rest.length }),
    ...(isRange && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
  })
  if (cutAfter === undefined || cutAfter >= rest.length) return void response.end(rest)
  response.write(rest.subarray(0, cutAfter), () => response.destroy())
}

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
