import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createLog } from '#platform/log.ts'
import { type Collector, startCollector } from '#platform/tracing/collector.case.ts'
import { createKey } from './callers/key-records.ts'
import { SECRET, type TestGateway, testGateway } from './gateway.case.ts'

/** Each as it would be known again wherever it turns up. */
const planted = {
  REPLICATE_API_TOKEN: 'r8_plantedReplicateToken0123456789abcd',
  REPLICATE_WEBHOOK_SECRET: 'whsec_cGxhbnRlZCByZXBsaWNhdGUgc2VjcmV0',
  FAL_KEY: 'planted-fal-id:planted-fal-secret',
  JOB_CALLBACK_SECRET: 'planted-callback-secret',
  CALLBACK_BEARER: 'planted-callback-bearer',
  prompt: 'a planted heron in a planted marsh',
  negative: 'a planted goose',
  metadata: 'planted-metadata-value',
  referenceToken: 'planted-reference-token',
  callbackToken: 'planted-callback-token',
  idempotencyKey: 'planted-idempotency-key',
  wrongKey: 'i2i_live_plantedx_plantedPlantedPlantedPlantedPlantedPl',
  webhookToken: 'planted-webhook-token',
  cookie: 'planted-session-cookie',
  query: 'planted-query-value',
  rawBody: 'planted-in-broken-json',
  userAgent: 'planted-user-agent',
  workerWords: 'planted words of a worker',
}

let gateway: TestGateway
let collector: Collector
let key = ''
const lines: string[] = []
const answers: string[] = []
const streams: string[] = []

beforeAll(async () => {
  const log = createLog({ destination: { write: (line) => lines.push(line) } })
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '100')
  collector = await startCollector()
  const { REPLICATE_API_TOKEN, REPLICATE_WEBHOOK_SECRET, FAL_KEY } = planted
  const { JOB_CALLBACK_SECRET, CALLBACK_BEARER } = planted
  const away = 'http://127.0.0.1:1'
  gateway = await testGateway({
    log,
    variables: {
      ...{ REPLICATE_API_TOKEN, REPLICATE_WEBHOOK_SECRET, FAL_KEY },
      ...{ JOB_CALLBACK_SECRET, CALLBACK_BEARER, CALLBACK_HOSTS: 'callbacks.invalid' },
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
      ...{ REPLICATE_URL: away, FAL_URL: away, FAL_REST_URL: away },
    },
  })
  const wish = { environment: 'test', tenant: 'here', userId: 'anna', name: 'anna', adult: false }
  const scopes = ['jobs:write', 'jobs:read', 'files:write'] as const
  const made = await createKey(gateway.database, SECRET, { ...wish, scopes, expiresAt: null })
  key = made.text
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await collector[Symbol.asyncDispose]()
  vi.unstubAllEnvs()
})

async function ask(method: string, path: string, body?: string, headers = {}) {
  const response = await fetch(gateway.url + path, {
    method,
    headers: {
      ...{ authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...{ cookie: planted.cookie, 'user-agent': planted.userAgent, ...headers },
    },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  if (response.status >= 400) answers.push(text)
  return text
}

const request = (more = {}) =>
  JSON.stringify({
    ...{ prompt: planted.prompt, negative_prompt: planted.negative },
    metadata: { mine: planted.metadata },
    callback_url: `https://callbacks.invalid/done?token=${planted.callbackToken}`,
    ...more,
  })
const referenced = `https://references.invalid/a.png?token=${planted.referenceToken}`
const idOf = (text: string): string => /"jobId":"([^"]+)"/.exec(text)?.[1] ?? ''

it('what is secret, and what callers say, is in no line of the log, no refusal and no trace (A29)', async () => {
  const worker = await gateway.worker('w1')
  const once = { 'idempotency-key': planted.idempotencyKey }
  const id = idOf(await ask('POST', '/v1/jobs', request({ provider: 'local-sdxl' }), once))
  const stream = ask('GET', `/v1/jobs/${id}/events?${planted.query}`)
  await gateway.work(worker)
  streams.push(await stream)
  const failing = idOf(await ask('POST', '/v1/jobs', request({ provider: 'local-sdxl' })))
  for (;;) {
    const claim = await worker.take()
    if (!claim) continue
    const said = { code: 'engine-crashed', message: planted.workerWords }
    const result = JSON.stringify({ assets: [], failure: said })
    await worker.finish(claim, {
      ...{ status: 'failed', code: 'engine-crashed', retryable: false, result },
    })
    break
  }
  streams.push(await ask('GET', `/v1/jobs/${failing}/events`))
  // Providers that cannot be reached: each tries, fails, and says so.
  for (const provider of ['replicate', 'fal-ai']) {
    const gone = idOf(await ask('POST', '/v1/jobs', request({ provider, deadline_ms: 10_000 })))
    streams.push(await ask('GET', `/v1/jobs/${gone}/events`))
  }
  const reference = request({ provider: 'fal-ai', reference_image_url: referenced })
  const unread = idOf(await ask('POST', '/v1/jobs', reference))
  streams.push(await ask('GET', `/v1/jobs/${unread}/events`))
  await ask('POST', '/v1/jobs/preview', request())
  await ask('POST', '/v1/jobs', `{"prompt": "${planted.rawBody}`)
  await ask('GET', '/v1/jobs', undefined, { authorization: `Bearer ${planted.wrongKey}` })
  await ask('GET', `/v1/nowhere/${planted.query}?token=${planted.query}`)
  await ask('GET', `/v1/files/user-library/x/${planted.query}?signature=${planted.query}`)
  await ask('POST', `/webhooks/replicate/${planted.webhookToken}`, request())
  await ask('POST', `/webhooks/fal/${planted.webhookToken}`, request())
  await ask('DELETE', `/v1/jobs/${id}?purge=true`)

  const logged = lines.join('\n')
  expect(lines.length).toBeGreaterThan(30)
  const secrets = [...Object.values(planted), key, SECRET]
  expect(secrets.filter((text) => logged.includes(text))).toEqual([])
  expect(secrets.filter((text) => answers.join('\n').includes(text))).toEqual([])
  const names = () => collector.spans().map(({ name }) => name)
  const ofOurs = ['POST /v1/jobs', 'send', 'settle', 'call back']
  const all = [...ofOurs, 'draw at replicate', 'draw at fal-ai']
  await expect.poll(names).toEqual(expect.arrayContaining(all))
  expect(secrets.filter((text) => collector.bodies.join('\n').includes(text))).toEqual([])
  // Whoever watches a job is its caller, whose own words are in it; and nothing that opens a door.
  const { prompt, negative, metadata, ...others } = planted
  const told = streams.join('\n')
  expect([...Object.values(others), key, SECRET].filter((text) => told.includes(text))).toEqual([])
  expect(told).toContain(prompt)
})
