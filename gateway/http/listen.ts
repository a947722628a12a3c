/** The server's sockets: what a slow or broken client may hold, and how all of it ends in order. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import { Failure, failureTable, messageOf } from '#contract'
import { MOST_HEADER_BYTES } from './limits.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'
import type { Router } from './router.ts'

export interface ListenOptions {
  readonly host: string
  readonly port: number
}

export interface Listening extends AsyncDisposable {
  readonly port: number
  /** Takes no more connections. Resolves when all requests are answered, or after `mostMs`, which cuts them off. */
  readonly close: (mostMs: number) => Promise<'answered' | 'cut off'>
}

/** Throws `configuration-invalid` where the port cannot be listened on, saying who holds it. */
export async function listen(
  fetch: Router['fetch'],
  { host, port }: ListenOptions,
): Promise<Listening> {
  // It puts a Response of its own in the global one's place, whose text needs no stream: a quarter more answers.
  const answer = getRequestListener(fetch, {
    // Of HTTP/1.0, in which some load balancers ask whether we live, and which needs none.
    hostname: 'localhost',
    errorHandler: refuseRequest,
  })
  let isClosing = false
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    // Clients that keep their connection are to find another gateway.
    if (isClosing) response.setHeader('connection', 'close')
    void answer(request, response)
  }
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      // Longer than the minute that load balancers keep theirs for.
      keepAliveTimeout: 65_000,
      noDelay: true,
    },
    onRequest,
  )
  server.on('clientError', refuseBytes)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  }).catch((cause: unknown) => {
    throw notListening({ host, port }, cause)
  })
  const close = async (mostMs: number) => {
    isClosing = true
    return await closed(server, mostMs)
  }
  return {
    port: (server.address() as AddressInfo).port,
    close,
    async [Symbol.asyncDispose]() {
      await close(0)
    },
  }
}

const SWEEP_MS = 50

async function closed(server: Server, mostMs: number): Promise<'answered' | 'cut off'> {
  let outcome: 'answered' | 'cut off' = 'answered'
  const timer = setTimeout(() => {
    outcome = 'cut off'
    server.closeAllConnections()
  }, mostMs)
  // A connection is idle, and then kept, once its last answer is out.
  const sweeping = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  await new Promise((resolve) => server.close(resolve))
  clearInterval(sweeping)
  clearTimeout(timer)
  return outcome
}

function notListening({ host, port }: ListenOptions, cause: unknown): Failure {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const why =
    code === 'EADDRINUSE'
      ? `is taken by another program, perhaps by another gateway (ss -ltnp 'sport = :${port}' names it)`
      : `cannot be listened on (${messageOf(cause)})`
  const message = `Port ${port} of ${host} ${why}. End that, or set GATEWAY_PORT.`
  return new Failure('configuration-invalid', message, { cause })
}

/** What is a request, and of nothing that can be asked for. */
function refuseRequest(error: unknown): Response {
  const reason =
    error instanceof RequestError ? new Failure('request-unreadable', UNREADABLE_ADDRESS) : error
  const { problem } = problemOf(reason)
  return Response.json(problem, {
    status: problem.status,
    headers: { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' },
  })
}

const UNREADABLE_ADDRESS =
  'The address or the Host of this request cannot be read. Write what is special in it as % and two digits.'

/** What is no request at all gets a problem too, where it can still be written. */
function refuseBytes(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const { line, code, detail } = problems[error.code ?? ''] ?? unreadable
  const title = failureTable[code].meaning
  const status = Number(line.slice(0, 3))
  const body = JSON.stringify({ type: `urn:i2i:problem:${code}`, title, status, detail, code })
  const head = `HTTP/1.1 ${line}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}`
  socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`)
}

const unreadable = {
  line: '400 Bad Request',
  code: 'request-unreadable',
  detail: 'This is no HTTP request that can be read.',
} as const

const problems: Readonly<
  Record<
    string,
    {
      readonly line: string
      readonly code: 'request-unreadable' | 'request-too-large'
      readonly detail: string
    }
  >
> = {
  HPE_HEADER_OVERFLOW: {
    line: '431 Request Header Fields Too Large',
    code: 'request-too-large',
    detail: `The headers have more than ${MOST_HEADER_BYTES / 1024} KiB. Send less.`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    line: '408 Request Timeout',
    code: 'request-unreadable',
    detail: 'The request took too long to come. Send it again.',
  },
}
