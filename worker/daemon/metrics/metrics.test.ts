import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { Failure, memoryQueue, readPayload, writePayload } from '#contract'
import { serveHealth } from '../health.ts'
import { endedAre, loopStarter } from '../loop/loop-starter.case.ts'
import { createQuarantine } from '../loop/quarantine.ts'
import { drawnAs, txt2img, USER } from '../workshop.case.ts'
import { counters, gauges, histograms } from './metric-definitions.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { parsePrometheus, type Series } from './prometheus-text.case.ts'

const README = fileURLToPath(new URL('../../README.md', import.meta.url))
const definitions = Object.values({ ...counters, ...histograms, ...gauges })

const { newQueue, start } = loopStarter(async () => ({
  make: (options) => ({ queue: memoryQueue(options), advance: async () => {} }),
  async [Symbol.asyncDispose]() {},
}))

/** As a Prometheus server would ask for it. */
async function scrape({ scrape }: Metrics): Promise<{ series: Series; text: string }> {
  await using server = await serveHealth({
    ...{ port: 0, host: '127.0.0.1', leaseMs: 1_000, scrape },
    state: () => ({ state: 'idle', jobs: 0 }),
  })
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await response.text()
  return { series: parsePrometheus(text), text }
}

function metricsForTest(): Metrics {
  const metrics = createMetrics()
  onTestFinished(() => metrics[Symbol.dispose]())
  return metrics
}

/** A job of ours that was pushed so long ago. */
function waited(id: string, ms: number): string {
  const reading = readPayload(txt2img(id))
  if (reading.kind !== 'job') throw new Error('the example is no job')
  return writePayload({ ...reading.job, pushedAt: Date.now() - ms })
}

it('says of the jobs of two engines in one process how they ended and what they took', async () => {
  const metrics = metricsForTest()
  for (const gpu of [0, 1]) {
    const { queue } = newQueue()
    if (gpu === 0) metrics.watchQueue(queue)
    await queue.push(waited('of-ours', 2_500))
    await queue.push(txt2img('not-ours', { metadata: { num_images: 2 }, config: { steps: 10 } }))
    await queue.push(JSON.stringify({ id: 'of-no-type', type: 'video' }))
    const loop = start({ queue }, { meters: metrics.engine(gpu) })
    await endedAre(loop, 3)
  }
  const { series, text } = await scrape(metrics)
  const of = (name: string) => series.get(name)
  expect(of('i2i_jobs_total{mode="txt2img",outcome="completed",code="none"}')).toBe(4)
  expect(of('i2i_jobs_total{mode="none",outcome="failed",code="request-invalid"}')).toBe(2)
  expect(of('i2i_images_total{mode="txt2img"}')).toBe(6)
  expect(of('i2i_stage_seconds_count{stage="denoise",mode="txt2img"}')).toBe(4)
  expect(of('i2i_stage_seconds_sum{stage="denoise",mode="txt2img"}')).toBeCloseTo(0.004, 9)
  expect(of('i2i_stage_seconds_count{stage="reference",mode="txt2img"}')).toBeUndefined()
  expect(of('i2i_job_seconds_count{mode="txt2img"}')).toBe(4)
  expect(of('i2i_queue_wait_seconds_count{mode="txt2img"}')).toBe(2)
  expect(of('i2i_queue_wait_seconds_sum{mode="txt2img"}')).toBeGreaterThan(5)
  const [first, second] = [0, 1].map((gpu) => of(`i2i_evaluations_total{gpu="${gpu}"}`))
  expect(first).toBeGreaterThan(10)
  expect(second).toBe(first)
  expect(of('i2i_worker_state{gpu="1",state="idle"}')).toBe(1)
  expect(of('i2i_worker_state{gpu="1",state="degraded"}')).toBe(0)
  // An average that moves: of one image in 4 ms and of two in as long, whichever ended first.
  const service = of('i2i_service_seconds{gpu="0",mode="txt2img",size="128x128"}')
  expect([0.002, 0.004]).toContain(service)
  expect(of('i2i_queue_up')).toBe(1)
  expect(of('i2i_queue_jobs{state="waiting"}')).toBe(0)
  expect(of('i2i_owed_callbacks')).toBe(3)
  for (const needle of ['ours', 'heron', USER, 'of-no-type']) expect(text).not.toContain(needle)
})

it('counts what befalls an engine, and says what it holds', async () => {
  const metrics = metricsForTest()
  const { queue } = newQueue()
  let calls = 0
  let stallMs = 100
  const meters = metrics.engine(undefined)
  const loop = start(
    { queue },
    {
      meters,
      engine: { pid: process.pid, patience: 1, replaceHung: () => {} },
      async draw(order) {
        calls++
        if (calls <= 2) throw new Failure('engine-crashed', 'The engine ended by itself.')
        // The self-test passes; the job after it stands still.
        if (calls > 3) await new Promise(() => {})
        return drawnAs(order)
      },
    },
    { quarantine: createQuarantine({ crashes: 2 }), stallMs: () => stallMs },
  )
  // The first answer was how often it is looked; nothing is let go of before we have looked.
  stallMs = 600_000
  meters.engineDied('engine-crashed')
  for (const id of ['1', '2', '3']) await queue.push(txt2img(id))
  await expect.poll(() => calls).toBe(4)
  const { series: during } = await scrape(metrics)
  expect(during.get('i2i_held_jobs{gpu="default"}')).toBe(1)
  expect(during.get('i2i_resident_bytes{process="engine",gpu="default"}')).toBeGreaterThan(1e7)
  expect(during.get('i2i_resident_bytes{process="worker",gpu=""}')).toBeGreaterThan(1e7)
  expect(during.get('i2i_worker_state{gpu="default",state="busy"}')).toBe(1)
  stallMs = 0
  await endedAre(loop, 3)
  const { series } = await scrape(metrics)
  const delayed = 'i2i_jobs_total{mode="txt2img",outcome="delayed",code="engine-crashed"}'
  expect(series.get(delayed)).toBe(2)
  expect(series.get('i2i_self_tests_total{gpu="default",outcome="passed"}')).toBe(1)
  expect(series.get('i2i_stalled_jobs_total{gpu="default"}')).toBe(1)
  const restarts = 'i2i_engine_restarts_total{gpu="default",code="engine-crashed"}'
  expect(series.get(restarts)).toBe(1)
  expect(series.get('i2i_worker_state{gpu="default",state="degraded"}')).toBe(1)
})

it('answers where the queue never does, and says nothing of it', async () => {
  const metrics = metricsForTest()
  let asked = 0
  const { queue } = newQueue()
  let isThere = true
  metrics.watchQueue({
    depth() {
      asked++
      return isThere ? queue.depth() : new Promise(() => {})
    },
    workers: queue.workers,
  })
  expect((await scrape(metrics)).series.has('i2i_queue_oldest_seconds')).toBe(true)
  isThere = false
  const both = await Promise.all([scrape(metrics), scrape(metrics)])
  for (const { series } of both) {
    expect(series.get('i2i_queue_up')).toBe(0)
    const told = [...series.keys()].filter((name) => /i2i_(queue|owed)_(?!up|wait)/.test(name))
    expect(told).toEqual([])
  }
  expect(asked).toBe(2)
})

it('says how late the thread came to its work since it was asked last', async () => {
  const metrics = metricsForTest()
  await scrape(metrics)
  await sleep(50)
  const until = performance.now() + 500
  while (performance.now() < until);
  await sleep(20)
  const { series } = await scrape(metrics)
  const most = series.get('i2i_event_loop_delay_seconds{quantile="1"}') ?? 0
  expect(most).toBeGreaterThan(0.4)
  expect(most).toBeLessThan(60)
  await sleep(50)
  const after = (await scrape(metrics)).series
  expect(after.get('i2i_event_loop_delay_seconds{quantile="0.5"}')).toBeLessThan(0.4)
})

it('tells of nothing that worker/README.md does not explain, and of all that it does', async () => {
  const { text } = await scrape(metricsForTest())
  const told = [...text.matchAll(/^# HELP (\S+)/gm)].map(([, name]) => name)
  expect(told.toSorted()).toEqual(definitions.map(({ name }) => name).toSorted())
  const rows = [...(await readFile(README, 'utf8')).matchAll(/^\| `(i2i_\w+)` \|([^|]*)\|/gm)]
  const explained = rows.map(([, name, labels = '']) => `${name} ${labels.trim()}`.trim())
  const defined = definitions.map(
    ({ name, labelNames }) => `${name} ${labelNames.map((label) => `\`${label}\``).join(', ')}`,
  )
  expect(explained.toSorted()).toEqual(defined.map((each) => each.trim()).toSorted())
})
