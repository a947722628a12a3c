/** Whoever dies before or after any one of its questions to Redis leaves each job to one end. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectRedis } from '#platform/redis/connect.ts'
import { redisMissing, testRedis } from '#platform/redis/test-server.case.ts'
import { completed, element, idOf, LEASE_MS, mustTake } from '../queue.case.ts'
import type { Queue } from '../queue.ts'
import type { RedisCommands } from '../redis-commands.ts'
import { redisQueueMaker } from '../redis-queue.case.ts'
import { redisQueue } from '../redis-queue.ts'

/** What somebody does with a queue in which job 1 waits, until it dies. */
const lives: readonly (readonly [string, (queue: Queue) => Promise<unknown>])[] = [
  [
    'finishes',
    async (queue) => {
      const worker = queue.worker('doomed')
      const claim = await mustTake(worker)
      await worker.beat([claim])
      await worker.progress(claim, { step: 1 })
      await worker.finish(claim, completed)
    },
  ],
  [
    'puts off',
    async (queue) => {
      const worker = queue.worker('doomed')
      const claim = await mustTake(worker)
      await worker.retryLater(claim, { code: 'storage-failed', result: '{}' })
      await queue.sweep({ atMostEveryMs: 1 })
    },
  ],
  [
    'leaves',
    async (queue) => {
      const worker = queue.worker('doomed')
      await worker.leave([await mustTake(worker)])
    },
  ],
  [
    'waits',
    async (queue) => {
      const worker = queue.worker('doomed')
      await worker.finish(await mustTake(worker), completed)
      // Of an empty queue: the move itself is what it may die of.
      await worker.take()
    },
  ],
  [
    'retries by hand',
    async (queue) => {
      const worker = queue.worker('doomed')
      const failed = { status: 'failed', code: 'internal', result: '{}', retryable: false } as const
      await worker.finish(await mustTake(worker), failed)
      await queue.byHand.retry('1')
    },
  ],
  [
    'delivers',
    async (queue) => {
      const worker = queue.worker('doomed')
      await worker.finish(await mustTake(worker), completed)
      const [owed] = await queue.callbacks.due({ count: 1, leaseMs: 1_000 })
      if (owed) await queue.callbacks.putBack(owed, 0)
      const [again] = await queue.callbacks.due({ count: 1, leaseMs: 1_000 })
      if (again) await queue.callbacks.later(again, 500)
    },
  ],
]

describe.skipIf(redisMissing)('on Redis, whoever', () => {
  let server: Awaited<ReturnType<typeof testRedis>>
  let maker: ReturnType<typeof redisQueueMaker>
  let own: ReturnType<typeof connectRedis>
  beforeAll(async () => {
    server = await testRedis()
    maker = redisQueueMaker(server.url)
    own = connectRedis(server.url, { purpose: 'worker', name: 'doomed' })
  })
  afterAll(async () => {
    await own.close()
    await maker[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it.each(lives)('%s may die before and after any of its questions', async (_, live) => {
    let died = true
    for (let last = 1; died; last++) {
      for (const when of ['before', 'after'] as const) {
        const settings = { name: `between-${randomUUID()}`, leaseMs: LEASE_MS, blockMs: 20 }
        const { queue, advance } = maker.make({ settings, idOf, random: () => 1 })
        await queue.push(element('1'))
        const doomed = mortal(own, { last, when })
        const openBlocking = () => ({ ...doomed.commands, interrupt: () => {} })
        const options = { settings, idOf, random: () => 1, commands: doomed.commands, openBlocking }
        await live(redisQueue(options)).catch((error) => expect(error).toBe(DEATH))
        died = doomed.isDead()
        await recover(queue, advance)
        await expectOneEnd(queue)
      }
    }
  })
})

const DEATH = new Error('killed')

/** Commands of one who dies with its `last`, which Redis has heard or not; of a script it may be the first telling. */
function mortal(redis: RedisCommands, { last, when }: { last: number; when: 'before' | 'after' }) {
  let count = 0
  const commands: RedisCommands = {
    async call(...asked) {
      if (++count > last || (count === last && when === 'before')) throw DEATH
      const reply = await redis.call(...asked)
      if (count === last) throw DEATH
      return reply
    },
  }
  return { commands, isDead: () => count >= last }
}

/** Others find what is left. */
async function recover(queue: Queue, advance: (ms: number) => Promise<void>): Promise<void> {
  const b = queue.worker('b')
  // Leases lapse, delays are over.
  for (let round = 0; round < 2; round++) {
    await advance(LEASE_MS + 1)
    await queue.sweep()
  }
  await queue.scanOrphans()
  for (let claim = await b.take(); claim; claim = await b.take()) await b.finish(claim, completed)
}

/** It is told of once, and nothing stays behind. It completes, unless it had failed and whoever wanted it retried died. */
async function expectOneEnd(queue: Queue): Promise<void> {
  const { status } = (await queue.job('1')) ?? {}
  const types = (await queue.events('1')).map(({ type }) => type)
  expect(types.includes('failed') ? ['completed', 'failed'] : ['completed']).toContain(status)
  expect(types.filter((type) => type === status)).toHaveLength(1)
  expect(types.at(-1)).toBe(status)
  expect(await queue.depth()).toMatchObject({ waiting: 0, delayed: 0, active: 0, dead: 0 })
  const due = await queue.callbacks.due({ count: 9, leaseMs: 1_000 })
  expect(due.map(({ id, status }) => `${id} ${status}`)).toEqual([`1 ${status}`])
  await queue.callbacks.done(due[0]!)
  expect((await queue.depth()).owedCallbacks).toBe(0)
}
