import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { createLog } from '#platform/log.ts'
import { connectRedis } from '#platform/redis/connect.ts'
import {
  type PrivateRedis,
  privateRedis,
  privateRedisMissing,
} from '#platform/redis/test-server.case.ts'
import { readDaemonConfig } from './config.ts'
import { runDaemon } from './daemon.ts'
import { type Equipment, equipmentOf, type HasProcess } from './equipment.ts'
import type { EngineState } from './health.ts'
import { txt2img, USER } from './workshop.case.ts'

/** Of few evaluations, since what is asked here is who draws, and not what. */
const job = (id: string) => txt2img(id, { metadata: { steps: 2 } })

describe.skipIf(privateRedisMissing)('a daemon with two engines', () => {
  let folder: string
  let redis: PrivateRedis
  let running: Promise<'drained' | 'overrun'>
  let mortal: string
  const engines: HasProcess[] = []
  const lines: string[] = []
  const [drain, kill] = [new AbortController(), new AbortController()]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'i2i-gpus-'))
    redis = await privateRedis()
    const checkpoint = await writeCheckpoint(folder, 'tiny-single')
    mortal = join(folder, 'mortal.safetensors')
    await copyFile(checkpoint, mortal)
    await copyFile(
      checkpoint.replace('.safetensors', '.json'),
      mortal.replace('.safetensors', '.json'),
    )
    const variables = { REDIS_URL: redis.url, STORAGE_FOLDER: join(folder, 'files'), DEVICE: 'cpu' }
    const least = { WORKER_PORT: '0', WORKER_HOST: '127.0.0.1', THREADS: '1', LEASE_MS: '10000' }
    const drawing = { SDXL_CHECKPOINT: checkpoint, CHECKPOINT_CONTENT: 'sfw' }
    const config = readDaemonConfig({ ...variables, ...least, ...drawing })
    const keep = (engine: HasProcess) => void engines.push(engine)
    const [sound, other] = [checkpoint, mortal].map((path) =>
      equipmentOf({ ...config, checkpoint: path }, keep),
    )
    if (!sound || !other) throw new Error('no equipment')
    const equipment: Equipment = {
      ...sound,
      // As GPUS=0,1 asks for; without a GPU the configuration would refuse that.
      gpus: async () => [0, 1],
      openEngine: (asked) => (asked.gpu === 0 ? sound : other).openEngine(asked),
    }
    const log = createLog({ destination: { write: (line) => void lines.push(line) } })
    running = runDaemon(config, log, { drain: drain.signal, kill: kill.signal, equipment })
  })
  afterAll(async () => {
    drain.abort()
    kill.abort()
    await running
    await redis[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const ask = async (path: string) => {
    const port = /"port":(\d+)/.exec(lines.join('\n'))?.[1]
    return port === undefined ? undefined : fetch(`http://127.0.0.1:${port}/${path}`)
  }
  const statusOf = async (path: string) => (await ask(path))?.status
  const statesOf = async () => {
    const answer = await ask('health')
    const text = (await answer?.text()) ?? '{}'
    const { engines = [] }: { readonly engines?: readonly EngineState[] } = JSON.parse(text)
    return engines.map(({ gpu, state }) => [gpu, state])
  }
  const push = async (ids: readonly string[]) => {
    await using producer = connectRedis(redis.url, { purpose: 'worker', name: 'producer' })
    for (const id of ids) await producer.call('RPUSH', 'sdxl_queue', job(id))
  }
  /** Of each job that has ended well, the GPU that drew it. */
  const completed = () =>
    lines
      .map((line) => JSON.parse(line))
      .filter(({ msg, outcome }) => msg === 'ended' && outcome === 'completed')
      .map(({ jobId, gpu }): [string, string] => [jobId, gpu])

  it('shares one backlog between them, and says how each does', async () => {
    await expect.poll(statesOf, { timeout: 50_000 }).toEqual([
      [0, 'idle'],
      [1, 'idle'],
    ])
    const ids = Array.from({ length: 6 }, (_, i) => `shared-${i}`)
    await push(ids)
    await expect.poll(() => completed().length, { timeout: 50_000 }).toBe(6)
    expect(
      completed()
        .map(([id]) => id)
        .toSorted(),
    ).toEqual(ids)
    expect(new Set(completed().map(([, gpu]) => gpu))).toEqual(new Set(['0', '1']))
    const files = await readdir(join(folder, 'files', 'workspace-temp', USER))
    expect(files.toSorted()).toEqual(ids)
  })

  it('goes on with one where the other is killed and cannot come back', async () => {
    const { pid } = engines[1] ?? {}
    await rm(mortal)
    process.kill(pid ?? Number.NaN, 'SIGKILL')
    const ids = Array.from({ length: 2 }, (_, i) => `left-${i}`)
    await push(ids)
    await expect.poll(() => completed().length, { timeout: 50_000 }).toBe(8)
    expect(
      completed()
        .slice(6)
        .map(([, gpu]) => gpu),
    ).toEqual(['0', '0'])
    await expect.poll(statesOf).toEqual([
      [0, 'idle'],
      [1, 'degraded'],
    ])
    expect(await statusOf('ready')).toBe(200)
  })

  it('drains both', async () => {
    drain.abort()
    expect(await running).toBe('drained')
    expect(engines.map(({ pid }) => pid)).toEqual([undefined, undefined])
    await using producer = connectRedis(redis.url, { purpose: 'worker', name: 'producer' })
    expect(await producer.call('KEYS', '{sdxl_queue}:w:*')).toEqual([])
  })
})
