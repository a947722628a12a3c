import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import { completed, element, idOf, mustTake, waitingIn } from '../queue.case.ts'
import { redisQueueMaker } from '../redis-queue.case.ts'
import type { Doom } from './doomed-worker.case.ts'

const LEASE_MS = 900
const DOOMED = fileURLToPath(new URL('doomed-worker.case.ts', import.meta.url))

describe.skipIf(privateRedisMissing)('a worker’s process that is killed', () => {
  // Deaths are counted of claims alone: what was not claimed was never begun.
  it.each([
    ['after BLMOVE', 1, 0],
    ['after fetch', 1, 0],
    ['after claim', 2, 1],
  ] as const)(
    '%s leaves all three jobs to another, in their order (F2, F3, A4)',
    async (dies, fence, stalls) => {
      await using redis = await privateRedis()
      await using maker = redisQueueMaker(redis.url)
      const settings = { name: 'doomed', leaseMs: LEASE_MS, blockMs: 100 }
      const { queue } = maker.make({ settings, idOf })
      if (dies !== 'after BLMOVE') for (const id of ['1', '2', '3']) await queue.push(element(id))
      const doom: Doom = { url: redis.url, queue: settings.name, leaseMs: LEASE_MS, dies }
      const child = fork(DOOMED, [JSON.stringify(doom)], { execArgv: [...typescriptLoader()] })
      const exited = once(child, 'exit')
      if (dies === 'after BLMOVE') {
        await isWaiting(maker.redis)
        for (const id of ['1', '2', '3']) await queue.push(element(id))
      }
      expect(await exited).toEqual([null, 'SIGKILL'])
      expect((await waitingIn(queue)).map(idIn)).toEqual(['2', '3'])
      expect(await queue.workers()).toMatchObject([{ name: 'doomed' }])

      await expect
        .poll(async () => {
          const { returned, requeued } = await queue.sweep()
          return returned + requeued
        })
        .toBe(1)
      const b = queue.worker('b')
      const claims = [await mustTake(b), await mustTake(b), await mustTake(b)]
      expect(claims.map(({ id }) => id)).toEqual(['1', '2', '3'])
      expect(claims[0]).toMatchObject({ fence, stalls, attempts: 0 })
      for (const claim of claims) expect(await b.finish(claim, completed)).toBe('finished')
      expect(await queue.depth()).toMatchObject({ waiting: 0, active: 0, owedCallbacks: 3 })
    },
  )
})

const idIn = (raw = ''): unknown => JSON.parse(raw).id

async function isWaiting(redis: ReturnType<typeof redisQueueMaker>['redis']): Promise<void> {
  const waits = async () => /flags=b .*cmd=blmove/.test(String(await redis.call('CLIENT', 'LIST')))
  await expect.poll(waits).toBe(true)
}
