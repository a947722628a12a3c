/** Whom the callbacks reach: it remembers outside Redis what arrived, and fails now and then as receivers do. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { chance } from './plan.ts'

/** Of today's body, what an accounting is about. */
const callbackBody = z.object({
  job_id: z.string(),
  status: z.enum(['completed', 'failed', 'cancelled']),
  assets: z.array(
    z.object({
      url: z.string(),
      thumbnail_url: z.string(),
      metadata: z.object({ sha256: z.string() }),
    }),
  ),
})

export interface Told {
  readonly id: string
  readonly status: z.infer<typeof callbackBody>['status']
  /** Paths are relative to the bucket. */
  readonly pictures: readonly {
    readonly path: string
    readonly thumbnailPath: string
    readonly sha256: string
  }[]
}

export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly bearer: string
  readonly secret: string
  /** Everything that arrived, redeliveries included. */
  readonly received: readonly Told[]
  /** How many jobs were heard of. */
  readonly delivered: () => number
}

/** Of a hundred callbacks, so many are refused, and so many taken without the sender hearing of it. */
const REFUSED = 3
const UNANSWERED = 3

const BEARER = 'key-of-the-accounting'
const SECRET = 'secret-of-the-accounting'

/** What comes without its bearer or with a wrong signature is refused, so that it counts as lost. */
export async function openReceiver(seed: number): Promise<Receiver> {
  const { between } = chance(seed, 'receiver')
  const received: Told[] = []
  const ids = new Set<string>()
  const server = createServer(async (request, response) => {
    const fate = between(1, 100)
    if (fate <= REFUSED) {
      request.resume()
      return response.writeHead(503).end()
    }
    // A sender that was killed leaves half a body.
    const body = await text(request).catch(() => undefined)
    if (body === undefined) return response.destroy()
    if (!isGenuine(request, body)) return response.writeHead(401).end()
    const told = read(body)
    received.push(told)
    ids.add(told.id)
    if (fate <= REFUSED + UNANSWERED) return response.destroy()
    response.end('{"success":true}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  return {
    ...{ url: `http://127.0.0.1:${address.port}/job-callback`, bearer: BEARER, secret: SECRET },
    received,
    delivered: () => ids.size,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isGenuine({ headers }: IncomingMessage, body: string): boolean {
  const digest = createHmac('sha256', SECRET).update(body).digest('hex')
  return (
    headers.authorization === `Bearer ${BEARER}` &&
    headers['x-callback-signature'] === `sha256=${digest}`
  )
}

function read(body: string): Told {
  const { job_id: id, status, assets } = callbackBody.parse(JSON.parse(body))
  const pictures = assets.map(({ url: path, thumbnail_url: thumbnailPath, metadata }) => ({
    ...{ path, thumbnailPath, sha256: metadata.sha256 },
  }))
  return { id, status, pictures }
}
