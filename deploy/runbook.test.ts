/** Every block of RUNBOOK.md, in its order: on a real Redis and a real page of metrics, against stand-ins for who is outside. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identify } from '#contract'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { startCollector } from '#platform/tracing/collector.case.ts'
import { serveHealth } from '#worker/daemon/health.ts'
import { createMetrics } from '#worker/daemon/metrics/metrics.ts'
import { startHosts } from '#worker/models/host-stub.case.ts'
import { mustTake } from '../contract/queue/queue.case.ts'
import { redisQueueMaker } from '../contract/queue/redis-queue.case.ts'
import { KEY, startRunPod } from './runpod/runpod-stub.case.ts'

const root = join(import.meta.dirname, '..')
const text = await readFile(join(root, 'RUNBOOK.md'), 'utf8')
const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)

describe.skipIf(privateRedisMissing)('the runbook', () => {
  const releases: (() => unknown)[] = []
  function use<T extends AsyncDisposable>(resource: T): T {
    releases.push(() => resource[Symbol.asyncDispose]())
    return resource
  }
  const variables: NodeJS.ProcessEnv = {}
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'i2i-runbook-'))
    releases.push(() => rm(folder, { recursive: true }))
    const redis = use(await privateRedis())
    const runpod = use(await startRunPod())
    const hosts = use(await startHosts({ content: Buffer.from('weights') }))
    const collector = use(await startCollector())
    const maker = use(redisQueueMaker(redis.url))
    const settings = { name: 'sdxl_queue', mostAttempts: 0, blockMs: 40 }
    const { queue } = maker.make({ settings, idOf: (raw) => identify(raw, randomUUID) })
    await queue.push(JSON.stringify({ id: 'dead-one', type: 'sdxl_image_high', prompt: 'a cat' }))
    const undertaker = queue.worker('undertaker')
    await undertaker.retryLater(await mustTake(undertaker), { code: 'internal', result: '' })
    const metrics = createMetrics()
    releases.push(() => metrics[Symbol.dispose]())
    metrics.watchQueue(queue)
    const worker = use(
      await serveHealth({
        ...{ port: 0, host: '127.0.0.1', leaseMs: 30_000, scrape: metrics.scrape },
        state: () => ({ state: 'idle', jobs: 0, sinceBeat: 0 }),
      }),
    )
    // It looks whether what it was told to build is there, which is all that can be known without Docker.
    await writeFile(join(folder, 'docker'), '#!/bin/sh\n[ "$1" = push ] || cat "$3" > /dev/null\n')
    await chmod(join(folder, 'docker'), 0o755)
    const { PATH, HOME } = process.env
    Object.assign(variables, {
      ...{ PATH: `${folder}:${PATH}`, HOME, DATA_FOLDER: folder, REDIS_URL: redis.url },
      ...{ RUNPOD_API_KEY: KEY, RUNPOD_API_URL: runpod.origin, REGISTRY: 'registry.test/me' },
      ...{ VOLUME: join(folder, 'volume'), VOLUME_ID: 'vol1', DEAD: 'dead-one' },
      ...{ WORKER: `http://127.0.0.1:${worker.port}`, HF_ENDPOINT: hosts.origin },
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
      CHECKPOINT_URL: `${hosts.origin}/lab/sdxl/blob/main/lustify.safetensors`,
    })
  })
  afterAll(async () => {
    for (const release of releases.reverse()) await release()
  })

  const run = (script: string) =>
    new Promise<{ status: unknown; said: string }>((resolve) => {
      const words = ['-euo', 'pipefail', '-c', script]
      execFile('bash', words, { cwd: root, env: variables }, (error, stdout, stderr) =>
        resolve({ status: error?.code ?? 0, said: stdout + stderr }),
      )
    })

  it.each(blocks.map((block) => [block.split('\n')[0], block]))(
    'does as it says from %s on',
    async (_, block = '') => {
      if (block.includes('$KEY_ID')) {
        const { said } = await run('npm run --silent keys -- list --json')
        variables.KEY_ID = /"id":"([^"]+)"/.exec(said)?.[1]
      }
      expect(await run(block)).toMatchObject({ status: 0 })
    },
    180_000,
  )

  it('has blocks to be run', () => {
    expect(blocks.length).toBeGreaterThan(7)
  })
})
