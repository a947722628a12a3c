import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readResult } from '#contract'
import {
  type PrivateRedis,
  privateRedis,
  privateRedisMissing,
} from '#platform/redis/test-server.case.ts'
import { redisQueueMaker } from '../../../contract/queue/redis-queue.case.ts'
import { idOf } from '../workshop.case.ts'
import { named, spawnWorker, type WorkerTask } from './spawn-worker.case.ts'

const DAY = 86_400_000
const PATIENT = { timeout: 50_000, interval: 20 }

describe.skipIf(privateRedisMissing)('a worker that', () => {
  let redis: PrivateRedis
  let maker: ReturnType<typeof redisQueueMaker>
  let folder: string
  let queues = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'i2i-frozen-'))
    redis = await privateRedis()
    maker = redisQueueMaker(redis.url)
  })
  afterAll(async () => {
    await maker[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  /** A queue of its own, and workers for it. */
  function start(leaseMs: number) {
    const name = `frozen-${queues++}`
    const settings = { name, leaseMs, blockMs: Math.floor(leaseMs / 3) }
    const { queue } = maker.make({ settings, idOf })
    const spawned = (task: Pick<WorkerTask, 'name' | 'drawMs'> & Partial<WorkerTask>) =>
      spawnWorker({ redis: redis.url, queue: name, leaseMs, folder: join(folder, name), ...task })
    const ended = (id: string, status = 'completed') =>
      expect.poll(async () => (await queue.job(id))?.status, PATIENT).toBe(status)
    const files = async () => {
      const found = await readdir(join(folder, name), { recursive: true, withFileTypes: true })
      return found.filter((each) => each.isFile()).map((each) => each.name)
    }
    return { queue, spawned, ended, files }
  }

  it('is frozen for longer than a lease and thawed finds its job another’s, and publishes nothing (F22, A4)', async () => {
    const { queue, spawned, ended, files } = start(1_000)
    await queue.push(named('1'))
    await using a = spawned({ name: 'a', drawMs: 300, freezes: true })
    await expect.poll(() => a.said.length, PATIENT).toBe(1)
    await using b = spawned({ name: 'b', drawMs: 20 })
    await ended('1')
    a.child.kill('SIGCONT')
    // It does as it is told again, after it has let go of what it had.
    await expect.poll(async () => (await queue.workers()).length, PATIENT).toBe(2)
    await sleep(300)
    a.child.kill('SIGTERM')
    await expect.poll(a.hasExited, PATIENT).toBe(true)
    expect(a.child.exitCode).toBe(0)
    expect(a.said.filter(({ event }) => event === 'ended')).not.toContainEqual({
      ...{ event: 'ended', id: '1', outcome: 'finished' },
    })
    expect(b.said.at(-1)).toEqual({ event: 'ended', id: '1', outcome: 'finished' })
    expect(await queue.job('1')).toMatchObject({ fence: 2, stalls: 1, attempts: 0 })
    expect((await queue.depth()).owedCallbacks).toBe(1)
    await expect.poll(files).toEqual(['0.png', '0.thumb.webp'])
  })

  it('blocks its own event loop for most of a lease keeps its job (F18)', async () => {
    const leaseMs = 3_000
    const { queue, spawned, ended } = start(leaseMs)
    await queue.push(named('1'))
    await using a = spawned({ name: 'a', drawMs: 1_900, busyMs: 1_800 })
    await expect.poll(() => a.said.length, PATIENT).toBe(1)
    const sweeping = setInterval(() => void queue.sweep(), 50)
    await ended('1').finally(() => clearInterval(sweeping))
    expect(await queue.job('1')).toMatchObject({ fence: 1, stalls: 0, attempts: 0 })
    expect(a.said.at(-1)).toEqual({ event: 'ended', id: '1', outcome: 'finished' })
  })

  it('has a clock a day ahead or behind does what one with a right clock does (F10, A18)', async () => {
    const results = await Promise.all(
      [0, DAY, -DAY].map(async (clockMs) => {
        const { queue, spawned, ended, files } = start(1_200)
        await queue.push(named('1'))
        // A right clock allows for this one; a clock of the worker's own would have ended it, or let it live for ever.
        await queue.push(named('2', { deadline_at: Date.now() + DAY / 2 }))
        await queue.push(named('3', { deadline_at: Date.now() - DAY / 2 }))
        // Longer than the lease, so that beats must renew it.
        await using a = spawned({ name: 'a', drawMs: 1_400, clockMs })
        const sweeping = setInterval(() => void queue.sweep(), 50)
        onTestFinished(() => clearInterval(sweeping))
        await ended('1')
        await ended('2').catch(() => {})
        await ended('3', 'failed').catch(() => {})
        const jobs = await Promise.all(['1', '2', '3'].map((id) => queue.job(id)))
        a.child.kill('SIGTERM')
        await expect.poll(a.hasExited, PATIENT).toBe(true)
        return {
          jobs: jobs.map((job) => ({ ...job, worker: '', raw: '', result: '' })),
          pictures: jobs.map((job) => readResult(job?.result ?? '').assets[0]?.sha256),
          files: (await files()).toSorted(),
          left: [await queue.workers(), a.child.exitCode],
        }
      }),
    )
    const [right, ahead, behind] = results
    expect(right?.jobs.map(({ status, fence, stalls }) => [status, fence, stalls])).toEqual([
      ['completed', 1, 0],
      ['completed', 1, 0],
      ['failed', 1, 0],
    ])
    expect(right?.left).toEqual([[], 0])
    expect(ahead).toEqual(right)
    expect(behind).toEqual(right)
  })
})
