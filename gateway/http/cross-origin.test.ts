import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKey } from '../callers/key-records.ts'
import { SECRET, type TestGateway, testGateway } from '../gateway.case.ts'
import { hasBrowser, openBrowser } from '../page/page.case.ts'
import { type StandInWorker, standInWorker } from '../surfaces/stand-in-worker.case.ts'

let gateway: TestGateway
let key: string

beforeAll(async () => {
  gateway = await testGateway()
  const wish = { environment: 'test', tenant: 'here', userId: 'anna', name: 'anna', adult: false }
  const scopes = ['jobs:write', 'jobs:read', 'files:write'] as const
  key = (await createKey(gateway.database, SECRET, { ...wish, scopes, expiresAt: null })).text
})
afterAll(() => gateway[Symbol.asyncDispose]())

const PAGE = 'https://ourvidz.example'
/** As browsers ask before they send what a page wants to send. */
const preflight = (path: string, method: string, headers: string) =>
  fetch(gateway.url + path, {
    method: 'OPTIONS',
    headers: {
      origin: PAGE,
      'access-control-request-method': method,
      'access-control-request-headers': headers,
    },
  })
const listed = (response: Response, name: string) =>
  (response.headers.get(name) ?? '').split(', ').map((each) => each.toLowerCase())

describe('a page of another origin', () => {
  it.each([
    ['POST', '/functions/v1/queue-job', 'apikey, authorization, content-type, x-client-info'],
    ['POST', '/functions/v1/fal-image', 'authorization, content-type, idempotency-key'],
    ['POST', '/v1/jobs', 'authorization, content-type, idempotency-key, prefer'],
    ['POST', '/v1/uploads', 'authorization, content-type'],
    ['DELETE', '/v1/jobs/some-id', 'authorization'],
    ['GET', '/v1/jobs/some-id/events', 'authorization, last-event-id'],
    ['POST', '/v1/images/edits', 'authorization, x-stainless-lang'],
    ['POST', '/sdapi/v1/txt2img', 'authorization, content-type'],
  ])('is told that it may %s %s with %s', async (method, path, headers) => {
    const answer = await preflight(path, method, headers)
    expect(answer.ok).toBe(true)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(listed(answer, 'access-control-allow-methods')).toContain(method.toLowerCase())
    const allowed = listed(answer, 'access-control-allow-headers')
    const named = headers.split(', ').filter((each) => !each.startsWith('x-stainless-'))
    expect(allowed).toEqual(expect.arrayContaining([...named, '*']))
  })

  it('is told nothing of what is not meant for it, and never that cookies count', async () => {
    for (const path of ['/metrics', '/health', '/docs', '/openapi.json', '/admin/takedown', '/']) {
      const { headers } = await fetch(gateway.url + path, { headers: { origin: PAGE } })
      expect([path, headers.get('access-control-allow-origin')]).toEqual([path, null])
    }
    const { headers } = await preflight('/v1/jobs', 'POST', 'authorization')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('reads refusals too, those of an address that asks too often among them', async () => {
    await using busy = await testGateway({ variables: { RATE_PER_ADDRESS: '1' } })
    const statuses: number[] = []
    for (let i = 0; i < 2; i++) {
      const answer = await fetch(`${busy.url}/v1/jobs`, { headers: { origin: PAGE } })
      statuses.push(answer.status)
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      expect(listed(answer, 'access-control-expose-headers')).toContain('retry-after')
    }
    expect(statuses).toEqual([403, 429])
  })
})

describe('OPTIONS', () => {
  it('tells what an address answers, to whoever asks', async () => {
    for (const [path, allow] of [
      ['/v1/jobs', 'GET, HEAD, OPTIONS, POST'],
      ['/v1/jobs/some-id', 'DELETE, GET, HEAD, OPTIONS'],
      ['/health', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const answer = await fetch(gateway.url + path, { method: 'OPTIONS' })
      expect([answer.status, answer.headers.get('allow')]).toEqual([204, allow])
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
    expect((await fetch(`${gateway.url}/v2`, { method: 'OPTIONS' })).status).toBe(404)
  })
})

describe.skipIf(!hasBrowser)('a browser', () => {
  let browser: Browser
  let page: Page
  let worker: StandInWorker
  const elsewhere = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end('<title>elsewhere</title>')
  })
  beforeAll(async () => {
    worker = standInWorker(gateway.queue, gateway.storage)
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    browser = await openBrowser()
    page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`)
  })
  afterAll(async () => {
    await browser.close()
    elsewhere.close()
    await worker[Symbol.asyncDispose]()
  })

  it('lets a page of another origin ask with a key, and read all that it needs', async () => {
    const seen = await page.evaluate(
      async ([url, bearer]) => {
        const authorization = `Bearer ${bearer}`
        const headers = { authorization, 'content-type': 'application/json' }
        const post = (path: string, body: unknown, more: Record<string, string>) =>
          fetch(url + path, {
            method: 'POST',
            headers: { ...headers, ...more },
            body: JSON.stringify(body),
          })
        const read = async (answer: Response) => JSON.parse(await answer.text())
        const wish = { prompt: 'a cat', job_type: 'sdxl_image_fast' }
        const ofFunctions = {
          apikey: 'public',
          'x-client-info': 'supabase-js/2',
          'idempotency-key': 'f',
        }
        const queued = await post('/functions/v1/queue-job', wish, ofFunctions)
        const again = await post('/functions/v1/queue-job', wish, ofFunctions)
        const ids = [(await read(queued)).jobId, (await read(again)).jobId]
        const waiting = { prefer: 'wait=20', 'idempotency-key': 'v' }
        const done = await post('/v1/jobs', { prompt: 'a cat' }, waiting)
        const job = await read(done)
        const replayed = await post('/v1/jobs', { prompt: 'a cat' }, { 'idempotency-key': 'v' })
        const events = await fetch(`${url}/v1/jobs/${job.jobId}/events`, {
          headers: { authorization, 'last-event-id': '0-0' },
        })
        const file = await fetch(job.assets[0].url)
        const wrong = await post('/v1/jobs', { steps: 0 }, {})
        return {
          ...{ isOneJob: ids[0] === ids[1], jobId: job.jobId },
          location: done.headers.get('location'),
          applied: done.headers.get('preference-applied'),
          replayed: replayed.headers.get('idempotency-replayed'),
          left: Number(done.headers.get('ratelimit-remaining')),
          heard: await events.text(),
          bytes: (await file.arrayBuffer()).byteLength,
          wrong: (await read(wrong)).detail,
        }
      },
      [gateway.url, key] as const,
    )
    expect(seen).toMatchObject({
      ...{ isOneJob: true, location: `/v1/jobs/${seen.jobId}`, applied: 'wait=20' },
      ...{ replayed: 'true', heard: expect.stringContaining('event: completed') },
      wrong: expect.stringContaining('steps must be'),
    })
    expect(seen.left).toBeGreaterThan(0)
    expect(seen.bytes).toBeGreaterThan(50)
  })

  it('tells a page without a key, in a sentence, that it needs one', async () => {
    await using open = await testGateway()
    const said = await page.evaluate(async (url) => {
      const answer = await fetch(`${url}/v1/jobs`, { headers: { 'idempotency-key': 'x' } })
      return { status: answer.status, ...JSON.parse(await answer.text()) }
    }, open.url)
    expect(said).toMatchObject({ status: 403, detail: expect.stringContaining('Make a key') })
  })
})
