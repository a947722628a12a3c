import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { readDaemonConfig } from '#worker/daemon/config.ts'
import { runDaemon } from '#worker/daemon/daemon.ts'
import { equipmentOf } from '#worker/daemon/equipment.ts'
import { readGatewayConfig } from '../../gateway/config.ts'
import { testDatabases } from '../../gateway/database/test-database.case.ts'
import { runGateway } from '../../gateway/gateway.ts'
import { createLog } from '../log.ts'
import { connectRedis } from '../redis/connect.ts'
import { privateRedis, privateRedisMissing } from '../redis/test-server.case.ts'
import { type SentSpan, startCollector } from './collector.case.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const PATIENCE_MS = 60_000
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'
const PROMPT = 'a heron that reads a newspaper'
const KEY = 'a-key-of-the-collector'

/** The whole of it in this process but for the engine: gateway and worker on a Redis between them. */
async function startBoth(redisUrl: string, endpoint: string): Promise<Both> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-traces-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const lines: string[] = []
  const log = createLog({ destination: { write: (line) => void lines.push(line) } })
  const variables = {
    ...{ REDIS_URL: redisUrl, STORAGE_FOLDER: join(folder, 'files'), DATA_FOLDER: folder },
    ...{ GATEWAY_PORT: '0', DRAIN_DELAY_MS: '0', DEVICE: 'cpu', THREADS: '1' },
    ...{ CHECKPOINT_CONTENT: 'sfw', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    SDXL_CHECKPOINT: await writeCheckpoint(folder, 'tiny-single'),
  }
  const [drain, kill] = [new AbortController(), new AbortController()]
  const signals = { drain: drain.signal, kill: kill.signal }
  const database = await testDatabases[0]?.open()
  const config = readDaemonConfig(variables)
  const equipment = equipmentOf(config, () => {})
  const worker = runDaemon({ ...config, port: undefined }, log, { ...signals, equipment })
  let gateway: Promise<unknown> = worker
  const port = await new Promise<number>((onReady, reject) => {
    const given = { ...signals, log, database, onReady }
    gateway = runGateway(readGatewayConfig(variables), given)
    for (const each of [worker, gateway]) each.catch(reject)
  })
  return {
    ...{ url: `http://127.0.0.1:${port}`, lines },
    async drained() {
      drain.abort()
      return await Promise.all([gateway, worker])
    },
  }
}

interface Both {
  readonly url: string
  /** Of the log. */
  readonly lines: readonly string[]
  readonly drained: () => Promise<readonly unknown[]>
}

const job = z.object({ jobId: z.string(), status: z.string() })

it.skipIf(privateRedisMissing)(
  'tells the way of a job as one trace, goes on with its caller’s, and draws without a collector',
  { timeout: 3 * PATIENCE_MS },
  async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', `authorization=Bearer%20${KEY}`)
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '100')
    onTestFinished(() => void vi.unstubAllEnvs())
    await using redis = await privateRedis('--appendonly', 'yes')
    await using producer = connectRedis(redis.url, { purpose: 'worker', name: 'producer' })
    await using collector = await startCollector()
    const { url, lines, drained } = await startBoth(redis.url, collector.origin)
    await expect
      .poll(async () => (await fetch(`${url}/ready`)).status, { timeout: PATIENCE_MS })
      .toBe(200)
    const photograph = await readFile(join(root, 'examples', 'cat.jpg'))
    const uploaded = await fetch(`${url}/v1/uploads`, {
      ...{ method: 'POST', headers: { 'content-type': 'image/jpeg' }, body: photograph },
    })
    const { path } = z.object({ path: z.string() }).parse(await uploaded.json())
    const draw = async (more: Readonly<Record<string, string>>) => {
      const asked = await fetch(`${url}/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', prefer: 'wait=50', ...more },
        body: JSON.stringify({
          prompt: PROMPT,
          reference_image_url: path,
          steps: 4,
          num_images: 2,
        }),
      })
      return job.parse(await asked.json())
    }

    const done = await draw({ traceparent: `00-${TRACE}-${CALLER}-01` })
    expect(done.status).toBe('completed')
    const named = (name: string) => (span: SentSpan) => span.name === name
    const ofTrace = () => collector.spans().filter(({ traceId }) => traceId === TRACE)
    const names = () => ofTrace().map(({ name }) => name)
    await expect
      .poll(names, { timeout: PATIENCE_MS })
      .toEqual(expect.arrayContaining(['POST /v1/jobs', 'settle', 'process']))

    const spans = ofTrace()
    expect(tree(spans, CALLER)).toEqual([
      ['POST /v1/jobs', ['screen and plan', 'insert', 'send', 'settle']],
      ['send', ['wait in queue', 'process']],
      ['process', [...BEFORE, 'wait for engine', 'draw', ...AFTER]],
      ['draw', ['encode prompt', 'encode reference', ...BOTH, ...BOTH]],
    ])
    const ids = new Map(spans.map((span) => [span.spanId, span]))
    for (const span of spans) {
      expect(span.endTimeUnixNano).toBeGreaterThanOrEqual(span.startTimeUnixNano)
      const parent = ids.get(span.parentSpanId ?? '')
      if (!parent) continue
      // What is done with a message goes on after its sender, by a clock that is right to a millisecond.
      const isApart = FOLLOWING.has(span.name)
      const grain = isApart ? 1_000_000n : 1n
      const [began, parentBegan] = [span, parent].map((each) => each.startTimeUnixNano / grain)
      expect(began).toBeGreaterThanOrEqual(parentBegan ?? 0n)
      if (!isApart) expect(span.endTimeUnixNano).toBeLessThanOrEqual(parent.endTimeUnixNano)
    }
    expect(spans.filter(named('denoise')).map(evaluationsOf)).toEqual([2, 2])
    const [request, processing] = ['POST /v1/jobs', 'process'].map((name) =>
      spans.find(named(name)),
    )
    expect(request).toMatchObject({ kind: 2, service: 'i2i-gateway', status: { code: 0 } })
    expect(request?.attributes).toMatchObject({
      ...{ 'http.route': '/v1/jobs', 'http.response.status_code': 200, 'i2i.job.id': done.jobId },
    })
    expect(processing).toMatchObject({ kind: 5, service: 'i2i-worker' })
    expect(processing?.attributes).toMatchObject({
      ...{ 'i2i.job.id': done.jobId, 'i2i.job.outcome': 'completed', 'i2i.job.mode': 'modify' },
    })
    expect(lines.join('')).toContain(`"traceId":"${TRACE}"`)

    // One that a producer of today pushes.
    const foreign = { id: 'foreign', type: 'sdxl_image_fast', prompt: PROMPT, user_id: 'someone' }
    const token = 'https://127.0.0.1/cat.jpg?token=c2lnbmVk'
    const lost = { ...foreign, metadata: { reference_image_url: token } }
    await producer.call('RPUSH', 'sdxl_queue', JSON.stringify(lost))
    const ofForeign = () =>
      collector.spans().filter((span) => span.attributes['i2i.job.id'] === 'foreign')
    await expect.poll(() => ofForeign().length, { timeout: PATIENCE_MS }).toBe(1)
    const [alone] = ofForeign()
    expect(alone).toMatchObject({ name: 'process', status: { code: 2 } })
    expect(alone?.parentSpanId).toBeUndefined()
    expect(alone?.attributes).toMatchObject({ 'error.type': 'reference-blocked' })

    const all = [...collector.bodies, ...lines].join('\n')
    for (const needle of ['heron', 'newspaper', 'c2lnbmVk', path, KEY, 'examples/']) {
      expect(all).not.toContain(needle)
    }
    await collector[Symbol.asyncDispose]()
    expect((await draw({})).status).toBe('completed')
    expect(await drained()).toEqual(['drained', 'drained'])
  },
)

const BEFORE = ['fetch reference', 'measure reference', 'decode reference']
const BOTH = ['denoise', 'decode picture']
const AFTER = ['encode pictures', 'store pictures', 'finish']
const FOLLOWING = new Set(['send', 'settle', 'wait in queue', 'process'])

const evaluationsOf = ({ attributes }: SentSpan) => attributes['i2i.evaluations']

/** Within one, the order in which they ended is that in which they began. */
const millisecondOf = ({ startTimeUnixNano }: SentSpan) => Number(startTimeUnixNano / 1_000_000n)

/** Every span that has parts, with their names by when they began; all hang on `from`, which is not among them. */
function tree(spans: readonly SentSpan[], from: string): [string, string[]][] {
  const partsOf = (id: string) =>
    spans
      .filter(({ parentSpanId }) => parentSpanId === id)
      .toSorted((a, b) => millisecondOf(a) - millisecondOf(b))
  const [first, ...others] = partsOf(from)
  expect(others).toEqual([])
  const walked: SentSpan[] = first ? [first] : []
  for (const span of walked) walked.push(...partsOf(span.spanId))
  expect(walked).toHaveLength(spans.length)
  return walked.flatMap(({ name, spanId }) => {
    const parts = partsOf(spanId).map((part) => part.name)
    return parts.length > 0 ? [[name, parts] satisfies [string, string[]]] : []
  })
}
