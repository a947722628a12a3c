/** What becomes of claims when a replica is promoted that had not heard of them: Redis acknowledges before it replicates. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type PrivateRedis,
  privateRedis,
  privateRedisMissing,
} from '#platform/redis/test-server.case.ts'
import { completed, element, idOf, mustTake, waitingIn } from '../queue.case.ts'
import type { Queue } from '../queue.ts'
import { redisQueueMaker } from '../redis-queue.case.ts'

describe.skipIf(privateRedisMissing)(
  'a replica that is promoted before it heard of a claim',
  () => {
    const open: AsyncDisposable[] = []
    /** Two jobs wait in each; nothing that is done to the first reaches the second. */
    let queue: Queue
    let promoted: Queue
    beforeAll(async () => {
      const started = async (): Promise<PrivateRedis> => {
        const server = await privateRedis('--repl-diskless-sync-delay', '0')
        open.unshift(server)
        return server
      }
      const [server, replica] = [await started(), await started()]
      const [before, after] = [redisQueueMaker(server.url), redisQueueMaker(replica.url)]
      open.unshift(before, after)
      const options = { settings: { name: 'failover', blockMs: 40 }, idOf }
      queue = before.make(options).queue
      promoted = after.make(options).queue
      for (const id of ['1', '2']) await queue.push(element(id))
      const { hostname, port } = new URL(server.url)
      await after.redis.call('REPLICAOF', hostname, port)
      const isSame = async () => expect(await waitingIn(promoted)).toHaveLength(2)
      await vi.waitFor(isSame, { timeout: 20_000 })
      await after.redis.call('REPLICAOF', 'NO', 'ONE')
    })
    afterAll(async () => {
      for (const each of open) await each[Symbol.asyncDispose]()
    })

    it('gives the job out anew, under the same fence, and whoever had it ends nothing', async () => {
      const old = await mustTake(queue.worker('a'))
      const [a, b] = [promoted.worker('a'), promoted.worker('b')]
      const claim = await mustTake(b)
      expect([old, claim]).toMatchObject([
        { id: '1', fence: 1 },
        { id: '1', fence: 1 },
      ])
      expect([await a.beat([old]), await b.beat([claim])]).toEqual([['lost'], ['held']])
      expect(await a.progress(old, { step: 1 })).toBe(false)
      expect(await a.retryLater(old, { code: 'storage-failed', result: '' })).toBe('lost')
      expect(await a.giveBack(old)).toBe('lost')
      expect(await a.finish(old, { ...completed, result: 'a' })).toBe('lost')
      expect(await b.finish(claim, { ...completed, result: 'b' })).toBe('finished')
      expect(await a.finish(old, { ...completed, result: 'a' })).toBe('lost')
      expect(await promoted.job('1')).toMatchObject({ status: 'completed', result: 'b' })
    })

    it('is held once by the worker that had it where that takes it anew', async () => {
      const old = await mustTake(queue.worker('a'))
      const a = promoted.worker('a')
      const claim = await mustTake(a)
      expect([old.id, claim.id]).toEqual(['2', '2'])
      expect(await a.beat([old, claim])).toEqual(['lost', 'held'])
      expect(await a.finish(claim, completed)).toBe('finished')
      expect(await a.finish(claim, completed)).toBe('finished')
      expect(await a.finish(old, completed)).toBe('lost')
    })
  },
)
