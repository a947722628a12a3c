import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Queue } from '#contract'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import {
  type PrivateRedis,
  privateRedis,
  privateRedisMissing,
} from '#platform/redis/test-server.case.ts'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import { redisQueueMaker } from '../../../contract/queue/redis-queue.case.ts'
import { idOf, txt2img } from '../workshop.case.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
/** Some minutes of work, and some milliseconds. */
const LONG = { width: 768, height: 768, config: { num_inference_steps: 150, num_images: 6 } }
const SHORT = { config: { num_inference_steps: 2 } }
const PATIENT = { timeout: 60_000, interval: 10 }

describe.skipIf(privateRedisMissing)('npm run worker, told to go', () => {
  let redis: PrivateRedis
  let maker: ReturnType<typeof redisQueueMaker>
  let folder: string
  let checkpoint: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'i2i-signals-'))
    checkpoint = await writeCheckpoint(folder, 'tiny-single')
    redis = await privateRedis('--appendonly', 'yes')
    maker = redisQueueMaker(redis.url)
  })
  afterAll(async () => {
    await maker[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  /** A daemon that is ready; `leave` sends the signals and says how it went. */
  async function started(name: string, drainMs: number) {
    const { queue } = maker.make({ settings: { name, blockMs: 100 }, idOf })
    const { PATH, HOME } = process.env
    const child = spawn(process.execPath, [...typescriptLoader(), MAIN], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...{ PATH, HOME, WORKER_PORT: '0', WORKER_HOST: '127.0.0.1', DEVICE: 'cpu', THREADS: '1' },
        ...{ REDIS_URL: redis.url, QUEUE_NAME: name, DRAIN_MS: `${drainMs}` },
        ...{
          SDXL_CHECKPOINT: checkpoint,
          CHECKPOINT_CONTENT: 'sfw',
          STORAGE_FOLDER: join(folder, 'files'),
        },
      },
    })
    let output = ''
    child.stdout.on('data', (data) => {
      output += String(data)
    })
    await expect.poll(async () => (await queue.workers())[0]?.health, PATIENT).toBeDefined()
    const leave = async (...signals: readonly NodeJS.Signals[]) => {
      const since = performance.now()
      const exited = once(child, 'exit')
      for (const [i, signal] of signals.entries()) {
        if (i > 0) {
          // Two at once are one wish, and a busy process hears both at once.
          await expect.poll(() => output).toContain('"draining"')
          await sleep(350)
        }
        child.kill(signal)
      }
      const [code] = await exited
      const ms = Math.round(performance.now() - since)
      console.log(`${name}: exit ${code} after ${ms} ms, drain ${drainMs}`)
      return { code, ms }
    }
    return { queue, leave, [Symbol.asyncDispose]: async () => void child.kill('SIGKILL') }
  }

  const isDrawn = (queue: Queue, id: string) =>
    expect
      .poll(async () => (await queue.events(id)).map(({ type }) => type), PATIENT)
      .toContain('progress')
  const left = async (queue: Queue) => {
    const waiting = await queue.byHand.waiting({ from: 0, count: 9 })
    const { active, delayed, dead } = await queue.depth()
    const workers = await queue.workers()
    return [waiting.map(({ raw = '' }) => idOf(raw)?.id), active + delayed + dead, workers.length]
  }

  it('goes at once where it is idle, after its job where that is short, in time where it is long, at once where it is told twice (F19, F20, F21, A13)', async () => {
    const idle = async () => {
      await using worker = await started('idle', 60_000)
      const { code, ms } = await worker.leave('SIGTERM')
      expect([code, await left(worker.queue)]).toEqual([0, [[], 0, 0]])
      expect(ms).toBeLessThan(10_000)
    }
    const short = async () => {
      await using worker = await started('short', 60_000)
      const { queue, leave } = worker
      await queue.push(txt2img('s1', SHORT))
      await isDrawn(queue, 's1')
      const { code } = await leave('SIGTERM')
      expect([code, await left(queue)]).toEqual([0, [[], 0, 0]])
      expect(await queue.job('s1')).toMatchObject({ status: 'completed', attempts: 0, fence: 1 })
    }
    const long = async (name: string, drainMs: number, signals: readonly NodeJS.Signals[]) => {
      await using worker = await started(name, drainMs)
      const { queue, leave } = worker
      const ids = [1, 2, 3].map((number) => `${name}${number}`)
      for (const id of ids) await queue.push(txt2img(id, LONG))
      await isDrawn(queue, `${name}1`)
      const { code, ms } = await leave(...signals)
      expect([code, await left(queue)]).toEqual([1, [ids, 0, 0]])
      const counts = { status: 'queued', attempts: 0, stalls: 0 }
      expect(await queue.job(`${name}1`)).toMatchObject(counts)
      expect(ms).toBeLessThan(20_000)
    }
    await Promise.all([
      idle().then(short),
      long('long', 500, ['SIGTERM']).then(() => long('twice', 60_000, ['SIGTERM', 'SIGTERM'])),
    ])
  }, 180_000)
})
