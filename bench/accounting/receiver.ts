/** Whom the callbacks reach: it remembers outside Redis what arrived, and fails now and then as receivers do. */
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { chance } from './plan.ts'
import { type CallbackBody, callbackBody } from './worker-task.ts'

export interface Receiver extends AsyncDisposable {
  readonly url: string
  /** Everything that arrived, redeliveries included. */
  readonly received: readonly CallbackBody[]
  /** How many jobs were heard of. */
  readonly delivered: () => number
}

/** Of a hundred callbacks, so many are refused, and so many taken without the sender hearing of it. */
const REFUSED = 3
const UNANSWERED = 3

export async function openReceiver(seed: number): Promise<Receiver> {
  const { between } = chance(seed, 'receiver')
  const received: CallbackBody[] = []
  const ids = new Set<string>()
  const take = async (request: IncomingMessage) => {
    const body = callbackBody.parse(JSON.parse(await text(request)))
    received.push(body)
    ids.add(body.id)
  }
  const server = createServer(async (request, response) => {
    const fate = between(1, 100)
    if (fate <= REFUSED) {
      request.resume()
      return response.writeHead(503).end()
    }
    // A sender that was killed leaves half a body.
    await take(request).catch(() => response.destroy())
    if (fate <= REFUSED + UNANSWERED) return response.destroy()
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    delivered: () => ids.size,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
