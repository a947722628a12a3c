import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import { createLog } from '#platform/log.ts'
import { connectRedis } from '#platform/redis/connect.ts'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { redisQueueMaker } from '../../contract/queue/redis-queue.case.ts'
import { readDaemonConfig } from './config.ts'
import { runLoop } from './loop/loop.ts'
import { openQueue } from './services.ts'
import { untilAnswered } from './until-answered.ts'
import { drawnAs, idOf, testWorkshop, txt2img, USER } from './workshop.case.ts'

describe.skipIf(privateRedisMissing)('a Redis that is killed while a worker draws', () => {
  it('hears of the finish once it is back, once, and the picture is published', async () => {
    await using redis = await privateRedis('--appendonly', 'yes', '--appendfsync', 'always')
    await using maker = redisQueueMaker(redis.url)
    await using made = await testWorkshop()
    const settings = { leaseMs: 30_000, blockMs: 200 }
    const { queue } = maker.make({ settings, idOf })
    const drain = new AbortController()
    const ended: string[] = []
    let back: Promise<void> | undefined
    const workshop: typeof made.workshop = {
      ...made.workshop,
      async draw(order) {
        await redis.kill()
        back = sleep(300).then(() => redis.restart())
        return drawnAs(order)
      },
    }
    await queue.push(txt2img('1'))
    const done = runLoop({
      ...{ queue, worker: queue.worker('a'), workshop, beatMs: 50 },
      ...{ drain: drain.signal, kill: new AbortController().signal },
      onEnded: ({ outcome }) => ended.push(outcome),
    })
    await expect.poll(() => ended).toEqual(['completed'])
    await back
    drain.abort()
    expect(await done).toBe('drained')
    expect(await queue.job('1')).toMatchObject({ status: 'completed', fence: 1, attempts: 0 })
    expect(await queue.depth()).toMatchObject({ active: 0, owedCallbacks: 1 })
    expect(await made.files()).toEqual([
      `workspace-temp/${USER}/1/0.png`,
      `workspace-temp/${USER}/1/0.thumb.webp`,
    ])
  })
})

describe.skipIf(privateRedisMissing)('a Redis that does not let a worker in', () => {
  it.each(['', ':wrong@', 'nobody:wrong@'])('is told of in a sentence, given %j', async (login) => {
    await using redis = await privateRedis()
    await using operator = connectRedis(redis.url, { purpose: 'worker', name: 'operator' })
    await operator.call('CONFIG', 'SET', 'requirepass', 'right')
    const redisUrl = redis.url.replace('://', `://${login}`)
    const config = readDaemonConfig({ REDIS_URL: redisUrl, SDXL_CHECKPOINT: 'x.safetensors' })
    const log = createLog({ destination: { write: () => {} } })
    const refused = openQueue(config, log, new AbortController().signal)
    await expect(refused).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringMatching(
        /^Redis at 127\.0\.0\.1:\d+ refuses: .*password in REDIS_URL\.$/,
      ),
    })
  })
})

describe('a word to the queue', () => {
  const away = () => new Failure('queue-unavailable', 'Redis did not answer.')
  const answersAfter = (errors: readonly Error[]) => {
    const left = [...errors]
    let asked = 0
    const ask = async () => {
      asked++
      const error = left.shift()
      if (error) throw error
      return 'finished'
    }
    return { ask, asked: () => asked }
  }

  it('is repeated while the queue is away, or refuses for a while', async () => {
    const full = Object.assign(new Error('OOM command not allowed'), { name: 'ReplyError' })
    const { ask, asked } = answersAfter([away(), full, away()])
    expect(await untilAnswered(ask, { firstWait: 1 })).toBe('finished')
    expect(asked()).toBe(4)
  })

  it('is not repeated where nobody needs the answer, nor for a mistake of ours', async () => {
    const pointless = answersAfter([away()])
    await expect(
      untilAnswered(pointless.ask, { isPointless: () => true, firstWait: 1 }),
    ).rejects.toMatchObject({ code: 'queue-unavailable' })
    const mistaken = answersAfter([new TypeError('not a function')])
    await expect(untilAnswered(mistaken.ask, { firstWait: 1 })).rejects.toThrow(TypeError)
    await sleep(5)
    expect([pointless.asked(), mistaken.asked()]).toEqual([1, 1])
  })
})
