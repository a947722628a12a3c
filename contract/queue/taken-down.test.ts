import { afterAll, describe, expect, it } from 'vitest'
import { redisMissing, testRedis } from '#platform/redis/test-server.case.ts'
import { memoryQueue } from './memory-queue.ts'
import { idOf } from './queue.case.ts'
import { redisQueueMaker } from './redis-queue.case.ts'
import type { TakenDown } from './taken-down.ts'

const hash = (n: number) => n.toString(16).padStart(64, '0')

function describeTakenDown(open: () => Promise<TakenDown>): void {
  it('is known by its hash, however often it is told, and no other is', async () => {
    const takenDown = await open()
    expect(await takenDown.among([hash(1), hash(2)])).toEqual([])
    await takenDown.add([hash(1), hash(3)])
    await takenDown.add([hash(1)])
    expect(await takenDown.count()).toBe(2)
    expect(await takenDown.among([hash(2), hash(3), hash(1)])).toEqual([hash(3), hash(1)])
    expect(await takenDown.among([])).toEqual([])
  })

  it('is one of thousands', async () => {
    const takenDown = await open()
    await takenDown.add(Array.from({ length: 1_201 }, (_, n) => hash(n)))
    await takenDown.add([])
    expect(await takenDown.count()).toBe(1_201)
    expect(await takenDown.among([hash(1_200), hash(1_201)])).toEqual([hash(1_200)])
  })
}

describe('a picture that was taken down, in memory', () => {
  describeTakenDown(async () => memoryQueue({ idOf }).takenDown)
})

describe.skipIf(redisMissing)('a picture that was taken down, on Redis', () => {
  const opened: AsyncDisposable[] = []
  afterAll(async () => {
    for (const each of opened.toReversed()) await each[Symbol.asyncDispose]()
  })
  describeTakenDown(async () => {
    const server = await testRedis()
    const maker = redisQueueMaker(server.url)
    opened.push(server, maker)
    return maker.make({ idOf }).queue.takenDown
  })
})
