/** Calls and answers of the providers' stand-ins: what reached them, and how they answer or do not. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

export interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
  readonly bytes?: Buffer
  /** The connection is cut instead. */
  readonly reset?: boolean
  /** Nothing is ever said. */
  readonly silent?: boolean
}

export async function reading(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://stub')
  const { method = '', headers } = request
  return { method, path: pathname, query: searchParams, headers, bytes: Buffer.concat(chunks) }
}

export function send(response: ServerResponse, reply: Reply): void {
  if (reply.silent) return
  if (reply.reset) return void response.socket?.destroy()
  const type = reply.bytes ? 'image/png' : 'application/json'
  response.writeHead(reply.status ?? 200, { 'content-type': type, ...reply.headers })
  response.end(reply.bytes ?? reply.text ?? JSON.stringify(reply.json ?? {}))
}
