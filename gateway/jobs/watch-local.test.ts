import { expect, it } from 'vitest'
import { identify } from '#contract'
import { connectRedis } from '#platform/redis/connect.ts'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { redisQueueMaker } from '../../contract/queue/redis-queue.case.ts'
import { testDatabases } from '../database/test-database.case.ts'
import { dispatch } from './dispatch.ts'
import { ANNA, cat, testGateway } from './jobs.case.ts'
import { watchLocal } from './watch-local.ts'

const MB = 1_048_576

it.skipIf(privateRedisMissing)(
  'a line with elements of a megabyte is looked through without reading them',
  async () => {
    const [pglite] = testDatabases
    if (!pglite) throw new Error('there is PGlite always')
    await using redis = await privateRedis()
    await using maker = redisQueueMaker(redis.url)
    await using commands = connectRedis(redis.url, { purpose: 'gateway', name: 'test' })
    const { queue } = maker.make({ idOf: (raw) => identify(raw, () => 'made-up') })
    await using database = await pglite.open()
    await using made = await testGateway(database, { queue })
    await queue.worker('a').beat([])
    for (let i = 0; i < 12; i++) await queue.push(`"${'x'.repeat(MB)}"`)
    await made.accept(cat, { caller: ANNA, surface: 'v1' })
    const dying = { push: () => Promise.reject(new Error('killed')), workers: queue.workers }
    await dispatch({ ...made.parts, queue: dying })
    const sent = async () => {
      const stats = String(await commands.call('INFO', 'stats'))
      return Number(/total_net_output_bytes:(\d+)/.exec(stats)?.[1])
    }
    const before = await sent()
    expect(await watchLocal({ ...made.parts, lostAfterMs: -1 })).toBe(1)
    expect((await sent()) - before).toBeLessThan(MB)
    expect(await queue.depth()).toMatchObject({ waiting: 13 })
  },
)
