import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { identify, type Queue, type QueueWorker, writeResult } from '#contract'
import { redisQueueMaker } from '../../contract/queue/redis-queue.case.ts'
import { serve, type TestServer } from '../fetch/server.case.ts'
import { createLog } from '../log.ts'
import { redisMissing, testRedis } from '../redis/test-server.case.ts'
import { createOutbox } from './outbox.ts'
import { createSendCallback } from './send-callback.ts'
import type { CallbackService } from './serve-callback.ts'

interface Receiver {
  readonly server: TestServer
  /** What it was told, in order. */
  readonly heard: string[]
  /** What it has not answered. */
  readonly open: ServerResponse[]
  /** At any time. */
  mostOpen: number
  answers: boolean
}

async function receiver(): Promise<Receiver> {
  const server = await serve(async (request, response) => {
    made.open.push(response)
    made.mostOpen = Math.max(made.mostOpen, made.open.length)
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const { job_id, status } = JSON.parse(Buffer.concat(pieces).toString())
    made.heard.push(`${job_id} ${status}`)
    // Slowly enough that others would come meanwhile.
    if (made.answers) setTimeout(() => answerAll(made), 20)
  })
  const made: Receiver = { server, heard: [], open: [], mostOpen: 0, answers: true }
  return made
}

function answerAll({ open }: Receiver): void {
  for (const response of open.splice(0)) response.writeHead(200).end('{}')
}

describe.skipIf(redisMissing)('the outbox on Redis', () => {
  let redis: Awaited<ReturnType<typeof testRedis>>
  let maker: ReturnType<typeof redisQueueMaker>
  let quick: Receiver
  let silent: Receiver
  let queue: Queue
  let worker: QueueWorker
  let advance: (ms: number) => Promise<void>
  let ending: AbortController
  let service: CallbackService
  beforeAll(async () => {
    redis = await testRedis()
    maker = redisQueueMaker(redis.url)
  })
  afterAll(async () => {
    await maker[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    quick = await receiver()
    silent = await receiver()
    silent.answers = false
    ending = new AbortController()
    const idOf = (raw: string) => identify(raw, () => 'made-up')
    const { queue: made, advance: jump } = maker.make({ settings: { blockMs: 20 }, idOf })
    queue = made
    advance = jump
    worker = queue.worker('a')
    const guard = { privateOrigins: [quick.server.origin, silent.server.origin] }
    const scheme = { kind: 'job-callback', secret: 'sesame' } as const
    service = {
      ...{ callbacks: queue.callbacks, storage: undefined, receiver: undefined },
      log: createLog({ level: 'silent' }),
      send: createSendCallback({ others: { allowedHosts: ['127.0.0.1'], scheme, guard } }),
      ...{ body: 'job-callback', signal: ending.signal },
    }
    return async () => {
      await quick.server[Symbol.asyncDispose]()
      await silent.server[Symbol.asyncDispose]()
    }
  })

  async function finish(id: string, { server }: Receiver, status: 'completed' | 'failed') {
    const callback_url = `${server.origin}/cb`
    await queue.push(JSON.stringify({ id, type: 'sdxl_image_fast', prompt: 'sea', callback_url }))
    const claim = await worker.take()
    if (!claim) throw new Error('nothing to take')
    const result = writeResult({ assets: [] })
    const failed = { status: 'failed', code: 'internal', result, retryable: true } as const
    await worker.finish(claim, status === 'failed' ? failed : { status, result })
  }

  /** Looks, again and again, until as much was heard. */
  const heardBy = async ({ heard }: Receiver, count: number) => {
    const outbox = createOutbox(service)
    const looked = async () => {
      await outbox.look()
      return heard.length
    }
    await expect.poll(looked, { timeout: 20_000 }).toBe(count)
    return outbox
  }

  it('tells everybody else while one receiver does not answer, and spends no try of what waits for that', async () => {
    const held = Array.from({ length: 60 }, (_, i) => `held-${i}`)
    for (const id of held) await finish(id, silent, 'completed')
    for (const id of ['1', '2', '3']) await finish(id, quick, 'completed')
    let goingBack = 0
    let mostGoingBack = 0
    const putBack: Queue['callbacks']['putBack'] = async (...given) => {
      mostGoingBack = Math.max(mostGoingBack, ++goingBack)
      await queue.callbacks.putBack(...given)
      goingBack--
    }
    service = { ...service, callbacks: { ...queue.callbacks, putBack } }
    const outbox = await heardBy(quick, 3)
    // Whoever is heard is not yet answered, and what is not answered is given up with the rest.
    await expect.poll(async () => (await queue.depth()).owedCallbacks).toBe(60)
    await expect.poll(() => silent.heard.length).toBe(4)
    ending.abort()
    await outbox.ended()
    // All at once: a queue that is away must not be waited for once for each.
    expect(mostGoingBack).toBe(46)
    const glances = await queue.byHand.glance(held)
    const tries = glances.map((glance) => glance?.callbacks ?? 0)
    expect(tries.toSorted()).toEqual([...Array<number>(56).fill(0), 1, 1, 1, 1])
    expect((await queue.depth()).owedCallbacks).toBe(60)
  })

  it('tells one receiver a few at a time, each once', async () => {
    const ids = Array.from({ length: 12 }, (_, i) => `${i}`)
    for (const id of ids) await finish(id, quick, 'completed')
    const outbox = await heardBy(quick, 12)
    await outbox.ended()
    expect(new Set(quick.heard)).toEqual(new Set(ids.map((id) => `${id} completed`)))
    expect(quick.mostOpen).toBeLessThanOrEqual(4)
    expect((await queue.depth()).owedCallbacks).toBe(0)
  })

  it('tells of a job’s second life after its first, wherever that goes', async () => {
    await finish('1', silent, 'failed')
    const outbox = await heardBy(silent, 1)
    await finish('1', quick, 'completed')
    expect(await outbox.look()).toBe(0)
    expect(quick.heard).toEqual([])
    answerAll(silent)
    await outbox.ended()
    await advance(2_000)
    await outbox.look()
    await outbox.ended()
    expect([silent.heard, quick.heard]).toEqual([['1 failed'], ['1 completed']])
    expect((await queue.depth()).owedCallbacks).toBe(0)
  })
})
