import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { serve } from '#platform/fetch/server.case.ts'
import { readParameters } from '#platform/image/read-parameters.ts'
import { connectRedis } from '#platform/redis/connect.ts'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { parsePrometheus, type Series } from './metrics/prometheus-text.case.ts'
import { startWorker } from './started-worker.case.ts'
import { modify, USER } from './workshop.case.ts'

const PHOTOGRAPH = fileURLToPath(new URL('../../examples/cat.jpg', import.meta.url))
const TOKEN = 'c2lnbmVkLXVybC10b2tlbg'

describe.skipIf(privateRedisMissing)('npm run worker', () => {
  it('takes a job from today’s queue, draws it, tells its receiver, and leaves when told', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'i2i-worker-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const bodies: string[] = []
    await using receiver = await serve(async (request, response) => {
      let body = ''
      for await (const piece of request) body += piece
      bodies.push(body)
      response.end('{"success":true}')
    })
    await using redis = await privateRedis('--appendonly', 'yes')
    await using producer = connectRedis(redis.url, { purpose: 'worker', name: 'producer' })
    const library = join(folder, 'files', 'user-library', USER)
    await mkdir(library, { recursive: true })
    await copyFile(PHOTOGRAPH, join(library, 'cat.jpg'))
    const { child, lines, has } = startWorker({
      REDIS_URL: redis.url,
      SDXL_CHECKPOINT: await writeCheckpoint(folder, 'tiny-single'),
      CHECKPOINT_CONTENT: 'sfw',
      DEVICE: 'cpu',
      THREADS: '1',
      STORAGE_FOLDER: join(folder, 'files'),
      CALLBACK_URL: receiver.origin,
      JOB_CALLBACK_SECRET: 'secret',
    })
    await producer.call('RPUSH', 'sdxl_queue', modify('one', `user-library/${USER}/cat.jpg`))
    await producer.call('RPUSH', 'sdxl_queue', '{"broken')
    const elsewhere = `http://169.254.169.254/latest?token=${TOKEN}`
    await producer.call('RPUSH', 'sdxl_queue', modify('two', elsewhere))
    await expect.poll(() => bodies.length, { timeout: 40_000 }).toBe(2)

    const port = /"port":(\d+)/.exec(lines.join('\n'))?.[1]
    const ready = await fetch(`http://127.0.0.1:${port}/ready`)
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'healthy' }])
    expect((await fetch(`http://127.0.0.1:${port}/ping`)).status).toBe(200)
    let metrics: Series = new Map()
    const jobs = (labels: string) => metrics.get(`i2i_jobs_total{mode="modify",${labels}}`)
    // The callback is on its way before the last of a job is done.
    const counted = async () => {
      const page = await fetch(`http://127.0.0.1:${port}/metrics`)
      metrics = parsePrometheus(await page.text())
      return ['outcome="completed",code="none"', 'outcome="failed",code="reference-blocked"'].map(
        jobs,
      )
    }
    await expect.poll(counted).toEqual([1, 1])
    expect(metrics.get('i2i_evaluations_total{gpu="default"}')).toBe(7)
    expect(metrics.get('i2i_stage_seconds_count{stage="reference",mode="modify"}')).toBe(1)
    expect(metrics.get('i2i_queue_jobs{state="dead"}')).toBe(1)
    expect(metrics.get('i2i_resident_bytes{process="engine",gpu="default"}')).toBeGreaterThan(1e7)

    const [one, two] = bodies
      .map((body) => JSON.parse(body))
      .toSorted((a) => (a.job_id === 'one' ? -1 : 1))
    const path = `${USER}/one/0.png`
    expect(one).toMatchObject({ status: 'completed', assets: [{ url: path }] })
    expect(two).toMatchObject({ status: 'failed', metadata: { error_type: 'reference-blocked' } })
    const png = await readFile(join(folder, 'files', 'workspace-temp', path))
    expect(await readParameters(png)).toMatchObject({
      mode: 'modify',
      evaluations: 7,
      networkRuns: 14,
    })
    expect(await producer.call('LLEN', '{sdxl_queue}:dlq')).toBe(1)

    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    await has('"outcome":"drained"')
    for (const needle of [TOKEN, 'heron', 'broken']) expect(lines.join('\n')).not.toContain(needle)
    expect(await producer.call('KEYS', '{sdxl_queue}:w:*')).toEqual([])
  })

  it('answers 204 to a ping and 503 to a look at its health while Redis cannot be reached', async () => {
    const { lines, has } = startWorker({
      REDIS_URL: 'redis://127.0.0.1:1',
      SDXL_CHECKPOINT: '/nowhere.safetensors',
      CHECKPOINT_CONTENT: 'sfw',
    })
    await has('listening')
    const port = /"port":(\d+)/.exec(lines.join('\n'))?.[1]
    const asked = ['ping', 'health'].map((path) => fetch(`http://127.0.0.1:${port}/${path}`))
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([204, 503])
  })

  it('ends with the two ways out where nothing would look at what it draws', async () => {
    const undeclared = { REDIS_URL: 'redis://127.0.0.1:1', SDXL_CHECKPOINT: '/lustify.safetensors' }
    const { child, has } = startWorker(undeclared)
    expect(await once(child, 'exit')).toEqual([1, null])
    await has('Name an image classifier with POLICY_CLASSIFIER, or declare CHECKPOINT_CONTENT=sfw')
  })
})
