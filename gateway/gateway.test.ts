import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type QueueWorker, readPayload } from '#contract'
import { asVouched } from '../policy/vouch.ts'
import { PNG, type TestGateway, testGateway } from './gateway.case.ts'
import { type Answer, type Client, checkedClient, listOf, recordOf } from './http/conforms.case.ts'

const QUEUE_SECRET = 'q'.repeat(32)
let gateway: TestGateway
let client: Client
let worker: QueueWorker

beforeAll(async () => {
  gateway = await testGateway({ variables: { POLICY_QUEUE_SECRET: QUEUE_SECRET } })
  client = await checkedClient(gateway.url)
  worker = await gateway.worker('w1')
})
afterAll(() => gateway[Symbol.asyncDispose]())

const post = (body: unknown, headers: Record<string, string> = {}, path = '/v1/jobs') =>
  client.ask('POST', path, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const get = (path: string, headers: Record<string, string> = {}) =>
  client.ask('GET', path, { headers })
const field = ({ body }: Answer, name: string): unknown => recordOf(body)[name]
const text = (answer: Answer, name: string): string => String(field(answer, name))

/** One that is done, with its first asset. */
async function finished(request: unknown = { prompt: 'a cat' }) {
  const id = text(await post(request), 'jobId')
  while ((await gateway.work(worker)) !== id);
  const job = await post({ prompt: 'another' }, {}, '/v1/jobs/preview').then(() => settled(id))
  return { id, job, asset: recordOf(listOf(field(job, 'assets'))[0]) }
}

async function settled(id: string): Promise<Answer> {
  for (;;) {
    const job = await get(`/v1/jobs/${id}`)
    if (field(job, 'finishedAt') !== null) return job
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('a job', () => {
  it('is accepted with what is planned, and answered with its picture when it is done', async () => {
    const answer = await post({ prompt: 'a cat', seed: 7, metadata: { mine: 1 } })
    expect(answer.status).toBe(202)
    expect(answer.body).toMatchObject({
      ...{ status: 'queued', provider: 'local-sdxl', queueName: 'sdxl_queue', mode: 'txt2img' },
      reason: expect.stringMatching(/workers? (are|of ours)/),
      planned: { seed: 7, steps: 25, evaluations: 25 },
    })
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${field(answer, 'jobId')}`)
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    await gateway.work(worker)
    const job = await settled(text(answer, 'jobId'))
    expect(job.body).toMatchObject({
      ...{ status: 'completed', prompt: 'a cat', finalPrompt: 'a cat', metadata: { mine: 1 } },
      assets: [{ width: 1, height: 1, seed: 7, format: 'png' }],
      reason: field(answer, 'reason'),
      effective: { steps: 25 },
      timings: { denoise: 12 },
    })
  })

  it('is vouched for where it goes to the queue, and whoever asks for it sees nothing of that', async () => {
    const { body } = await post({ prompt: 'a cat' })
    const taken = async () => {
      const claim = await worker.take()
      if (!claim) return undefined
      await worker.finish(claim, { status: 'cancelled' })
      const reading = readPayload(claim.raw)
      return reading.kind === 'job' ? reading.job : undefined
    }
    const id = recordOf(body).jobId
    let job = await taken()
    while (job?.id !== id) job = await taken()
    expect(job && asVouched(job, [QUEUE_SECRET]).source).toBe('gateway')
    expect(job && asVouched(job, ['o'.repeat(32)]).source).toBe('foreign')
    expect((await get(`/v1/jobs/${id}`)).text).not.toContain(job?.voucher)
  })

  it('is made once under an Idempotency-Key, however often it is asked for', async () => {
    const key = { 'idempotency-key': 'k-1' }
    const first = await post({ prompt: 'once' }, key)
    const second = await post({ prompt: 'once' }, key)
    expect(first.headers.get('idempotency-replayed')).toBeNull()
    expect(second.headers.get('idempotency-replayed')).toBe('true')
    expect(field(second, 'jobId')).toBe(field(first, 'jobId'))
    const other = await post({ prompt: 'twice' }, key)
    expect([other.status, field(other, 'code')]).toEqual([422, 'idempotency-conflict'])
    await gateway.work(worker)
  })

  it('is answered under its key to who may have no more', async () => {
    await using strict = await testGateway({ variables: { MAX_OPEN_JOBS: '1', DAILY_IMAGES: '1' } })
    await strict.worker('w1')
    const strictly = await checkedClient(strict.url)
    const ask = (key: string) =>
      strictly.ask('POST', '/v1/jobs', {
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ prompt: 'once' }),
      })
    const first = await ask('k-1')
    const again = await ask('k-1')
    expect([again.status, field(again, 'jobId')]).toEqual([202, field(first, 'jobId')])
    expect((await ask('k-2')).status).toBe(429)
  })

  it('is answered finished where Prefer asks to wait, or as it is when that time is over', async () => {
    const waited = post({ prompt: 'waited for' }, { prefer: 'respond-async, wait=10' })
    await gateway.work(worker)
    const answer = await waited
    expect([answer.status, field(answer, 'status')]).toEqual([200, 'completed'])
    expect(answer.headers.get('preference-applied')).toBe('wait=10')
    const start = performance.now()
    const early = await post({ prompt: 'too long' }, { prefer: 'wait=1' })
    expect([early.status, field(early, 'status')]).toEqual([202, 'queued'])
    expect(performance.now() - start).toBeGreaterThan(900)
    await gateway.work(worker)
    await settled(text(early, 'jobId'))
  })

  it('is previewed with its tokens and negative prompt, and nothing is kept of it', async () => {
    const before = field(await get('/v1/jobs?limit=1'), 'jobs')
    const asked = { prompt: 'a cat', negative_prompt: 'dog', shot_type: 'close', mood: 'epic' }
    const answer = await post(asked, {}, '/v1/jobs/preview')
    expect(answer.body).toMatchObject({ mode: 'txt2img', provider: 'local-sdxl' })
    expect(field(answer, 'prompt')).toBe('a cat, close-up shot, epic atmosphere')
    expect(field(answer, 'tokens')).toMatchObject({ prompt: 10 })
    expect(recordOf(field(answer, 'planned')).negativePrompt).toMatch(/^dog, /)
    expect(field(await get('/v1/jobs?limit=1'), 'jobs')).toEqual(before)
  })

  it('is listed with others, newest first, a page at a time', async () => {
    const a = text(await post({ prompt: 'a' }), 'jobId')
    const b = text(await post({ prompt: 'b' }), 'jobId')
    const page = await get('/v1/jobs?limit=1')
    expect(listOf(field(page, 'jobs')).map((job) => recordOf(job).jobId)).toEqual([b])
    const next = await get(`/v1/jobs?limit=1&after=${field(page, 'next')}`)
    expect(listOf(field(next, 'jobs')).map((job) => recordOf(job).jobId)).toEqual([a])
    for (const id of [a, b]) await client.ask('DELETE', `/v1/jobs/${id}`)
  })

  it('is cancelled while it waits, and stays so', async () => {
    const id = text(await post({ prompt: 'unwanted', deadline_ms: 600_000 }), 'jobId')
    const gone = await client.ask('DELETE', `/v1/jobs/${id}`)
    expect(['cancelled', 'queued']).toContain(field(gone, 'status'))
    expect(field(await settled(id), 'status')).toBe('cancelled')
    const again = await client.ask('DELETE', `/v1/jobs/${id}`)
    expect([again.status, field(again, 'status')]).toEqual([200, 'cancelled'])
  })

  it('loses its pictures and its words when it is purged', async () => {
    const { id, asset } = await finished({ prompt: 'a secret' })
    expect((await fetch(String(asset.url))).status).toBe(200)
    const purged = await client.ask('DELETE', `/v1/jobs/${id}?purge=true`)
    expect(purged.body).toMatchObject({ status: 'completed', assets: [], prompt: '' })
    expect(field(purged, 'purgedAt')).not.toBeNull()
    expect((await fetch(String(asset.url))).status).toBe(404)
  })

  it('is nobody else’s business: an id that is not there is 404, whatever it looks like', async () => {
    for (const id of ['nope', '%00', '..%2f..', 'a'.repeat(500), '%F0%9F%90%88']) {
      const answer = await get(`/v1/jobs/${id}`)
      expect([answer.status, field(answer, 'code')]).toEqual([404, 'not-found'])
    }
  })
})

describe('a file', () => {
  it('is given to whoever has its URL, whole or in part, and named for caches', async () => {
    const { asset } = await finished()
    const path = String(asset.url).slice(gateway.url.length)
    const whole = await fetch(gateway.url + path)
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(PNG)
    expect(whole.headers.get('content-type')).toBe('image/png')
    expect(whole.headers.get('content-disposition')).toBe('inline')
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff')
    const part = await fetch(gateway.url + path, { headers: { range: 'bytes=1-3' } })
    expect([part.status, await part.text()]).toEqual([206, 'PNG'])
    expect(part.headers.get('content-range')).toBe(`bytes 1-3/${PNG.length}`)
    const etag = whole.headers.get('etag') ?? ''
    expect((await get(path, { 'if-none-match': etag })).status).toBe(304)
    expect((await get(path, { range: 'bytes=9999-' })).status).toBe(416)
  })

  it('is taken from whoever has a URL to put it to, of its type and its size alone', async () => {
    const path = 'workspace-temp/local/put/0.png'
    const url = await gateway.storage.signUpload(path, { contentType: 'image/png' }, 60)
    const to = url.slice(gateway.url.length)
    const put = (type: string, place = to) =>
      client.ask('PUT', place, { headers: { 'content-type': type }, body: PNG })
    expect((await put('text/html')).status).toBe(403)
    expect((await put('image/png', to.replace(/max=\d+/, 'max=999999999'))).status).toBe(403)
    expect((await put('image/png')).status).toBe(204)
    expect(Buffer.from(await gateway.storage.get(path))).toEqual(PNG)
  })

  it('is kept from everybody else', async () => {
    const { asset } = await finished()
    const path = String(asset.url).slice(gateway.url.length)
    expect((await get(path.replace(/signature=./, 'signature=x'))).status).toBe(403)
    expect((await get(path.replace(/expires=\d+/, 'expires=99999999999'))).status).toBe(403)
    expect((await get('/v1/files/workspace-temp/..%2f..%2fetc/passwd')).status).toBe(422)
    expect((await get('/v1/files/%E0%A4%A')).status).toBe(422)
    const put = await client.ask('PUT', path, { body: 'mine' })
    expect([put.status, field(put, 'code')]).toEqual([403, 'forbidden'])
  })
})

describe('an upload', () => {
  it('becomes a picture of ours, that its owner may name as a reference', async () => {
    const form = new FormData()
    form.set('file', new Blob([PNG]), 'cat.png')
    for (const body of [form, PNG]) {
      const headers = body === PNG ? { 'content-type': 'image/png' } : {}
      const answer = await client.ask('POST', '/v1/uploads', { headers, body })
      expect(answer.body).toMatchObject({ width: 1, height: 1 })
      const path = text(answer, 'path')
      expect(path).toMatch(/^user-library\/local\/[0-9a-f-]{36}\.png$/)
      const previewed = await post(
        { prompt: 'x', reference_image_url: path },
        {},
        '/v1/jobs/preview',
      )
      expect(field(previewed, 'mode')).toBe('modify')
    }
  })

  it('is refused where it is no picture', async () => {
    const answer = await client.ask('POST', '/v1/uploads', {
      headers: { 'content-type': 'image/png' },
      body: '<svg xmlns="http://www.w3.org/2000/svg"/>',
    })
    expect([answer.status, field(answer, 'code')]).toEqual([422, 'image-unreadable'])
    expect(text(answer, 'detail')).toContain('SVG')
  })
})

describe('the service', () => {
  it('shows its workers as routing sees them, and what may be asked for', async () => {
    const seen = await get('/v1/workers')
    expect(recordOf(field(seen, 'local')).workers).toMatchObject([{ name: 'w1', state: 'idle' }])
    const may = await get('/v1/capabilities')
    expect(may.body).toMatchObject({
      ...{ providers: ['local-sdxl'], contentModes: ['sfw'], pictures: 'real' },
      enhancement: { available: false, why: 'It is loading.' },
      styles: { shot_type: ['wide', 'medium', 'close'] },
    })
  })

  it('says that it lives, that it is ready, and what it counted', async () => {
    expect((await get('/health')).body).toEqual({ status: 'alive' })
    expect((await get('/ready')).body).toEqual({ status: 'ready', database: 'up', queue: 'up' })
    const { text: metrics, headers } = await get('/metrics')
    expect(headers.get('content-type')).toContain('version=0.0.4')
    expect(metrics).toContain(
      'i2i_gateway_requests_total{method="POST",route="/v1/jobs",status="202"}',
    )
    expect(metrics).toMatch(/i2i_gateway_routing_total\{provider="local-sdxl",reason="[\w-]+"\} \d/)
    expect(metrics).toContain('i2i_gateway_breaker_state{provider="local-sdxl",state="closed"} 1')
    expect(metrics).toContain('i2i_gateway_jobs{status="queued",provider="local-sdxl"}')
    expect(metrics).toMatch(/^i2i_gateway_leases\{holder="gateway"\} 0$/m)
    expect(metrics).toMatch(/^i2i_gateway_waiting \d+$/m)
  })

  it('counts the streams that are open, and those alone', async () => {
    const counted = async (name: string) => {
      const { text: metrics } = await get('/metrics')
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1])
    }
    const id = text(await post({ prompt: 'watched' }), 'jobId')
    const hangUp = new AbortController()
    await fetch(`${gateway.url}/v1/jobs/${id}/events`, { signal: hangUp.signal })
    expect(await counted('i2i_gateway_event_streams')).toBe(1)
    expect(await counted('i2i_gateway_watched_jobs')).toBe(1)
    hangUp.abort()
    const open = () => counted('i2i_gateway_event_streams')
    await expect.poll(open).toBe(0)
    await client.ask('DELETE', `/v1/jobs/${id}`)
  })

  it('is documented on a page that loads nothing and runs nothing', async () => {
    const { text: page, headers } = await get('/docs')
    expect(page).toContain('/v1/jobs/{id}')
    expect(page).toContain('reference_image_url')
    expect(page).not.toMatch(/<script|src=|@import|url\(/)
    const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`)
  })
})
