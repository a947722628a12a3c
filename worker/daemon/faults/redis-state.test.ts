import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  type PrivateRedis,
  privateRedis,
  privateRedisMissing,
} from '#platform/redis/test-server.case.ts'
import { redisQueueMaker } from '../../../contract/queue/redis-queue.case.ts'
import type { Draw, Order } from '../draw.ts'
import { runLoop } from '../loop/loop.ts'
import { drawnAs, idOf, type TestWorkshop, testWorkshop, txt2img } from '../workshop.case.ts'

const BEAT_MS = 40

describe.skipIf(privateRedisMissing)('a worker’s loop', () => {
  let redis: PrivateRedis
  let maker: ReturnType<typeof redisQueueMaker>
  let made: TestWorkshop
  beforeAll(async () => {
    redis = await privateRedis()
    maker = redisQueueMaker(redis.url)
    made = await testWorkshop()
  })
  afterAll(async () => {
    await made[Symbol.asyncDispose]()
    await maker[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
  })

  function start(draw: () => Draw, beatMs = BEAT_MS) {
    const { queue } = maker.make({ settings: { blockMs: 100 }, idOf })
    const [drain, kill] = [new AbortController(), new AbortController()]
    const ended: string[] = []
    const done = runLoop({
      ...{ queue, worker: queue.worker('a'), workshop: { ...made.workshop, draw: draw() } },
      ...{ drain: drain.signal, kill: kill.signal, beatMs },
      onEnded: ({ outcome }) => ended.push(outcome),
    })
    onTestFinished(async () => {
      drain.abort()
      kill.abort()
      await done
    })
    return { queue, ended }
  }

  // Whether a beat hears of it first, or the finish.
  it.each([BEAT_MS, 20_000])(
    'loses what Redis forgot while it was drawn, writes nothing of it, and goes on (F5, A7), beating every %i ms',
    async (beatMs) => {
      const before = await made.files()
      let isFirst = true
      const forgetful = () => async (order: Order) => {
        if (isFirst) await maker.redis.call('FLUSHALL')
        isFirst = false
        return drawnAs(order)
      }
      const { queue, ended } = start(forgetful, beatMs)
      await queue.push(txt2img(`forgotten-${beatMs}`))
      await expect.poll(() => ended).toEqual(['lost'])
      expect(await made.files()).toEqual(before)
      expect(await queue.job(`forgotten-${beatMs}`)).toBeUndefined()
      await queue.push(txt2img(`next-${beatMs}`))
      await expect.poll(() => ended).toEqual(['lost', 'completed'])
      expect(await made.files()).toHaveLength(before.length + 2)
      expect(await queue.depth()).toMatchObject({ active: 0, owedCallbacks: 1 })
      expect((await queue.workers()).map(({ name }) => name)).toEqual(['a'])
    },
  )

  it('drops, stops or keeps each of 50 cancelled jobs by how far it was (F25, A14)', async () => {
    const begun: string[] = []
    const drawsAtOnce = new Set<string>()
    const { queue, ended } = start(() => async (order, { signal }) => {
      const id = order.planned.prompt.split(' ')[1] ?? ''
      begun.push(id)
      if (!drawsAtOnce.has(id)) await sleep(30_000, undefined, { signal })
      return drawnAs(order)
    })
    const push = (id: string) => queue.push(txt2img(id, { prompt: `job ${id} of many` }))
    const ids = (kind: string, count: number) => Array.from({ length: count }, (_, i) => kind + i)
    const [done, running, queued] = [ids('done', 10), ids('running', 20), ids('queued', 20)]
    for (const id of done) drawsAtOnce.add(id)

    for (const id of [...done, ...running, ...queued]) await push(id)
    await expect.poll(() => ended.length).toBe(done.length)
    for (const id of done) expect(await queue.cancel(id)).toBe('completed')
    // The first of them is being drawn, and one more is prepared: these wait.
    for (const id of queued) expect(await queue.cancel(id)).toBe('cancelled')
    const tookMs: number[] = []
    for (const id of running) {
      await expect.poll(() => begun.includes(id), { interval: 5 }).toBe(true)
      const since = performance.now()
      expect(await queue.cancel(id)).toBe('cancelling')
      const isOver = async () => (await queue.job(id))?.status === 'cancelled'
      await expect.poll(isOver, { interval: 5 }).toBe(true)
      tookMs.push(performance.now() - since)
    }
    await expect.poll(async () => (await queue.depth()).waiting).toBe(0)
    await expect.poll(() => ended.length).toBe(done.length + running.length)
    expect(begun).toEqual([...done, ...running])
    for (const id of [...running, ...queued]) {
      expect(await queue.job(id)).toMatchObject({ status: 'cancelled' })
    }
    for (const id of done) expect(await queue.job(id)).toMatchObject({ status: 'completed' })
    // The memo's figure is a beat and a step.
    console.log(`cancelled ms: ${tookMs.map(Math.round).toSorted((a, b) => a - b)}`)
    expect(Math.max(...tookMs)).toBeLessThan(BEAT_MS + 5_000)
  })
})
