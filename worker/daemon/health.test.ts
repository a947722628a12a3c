import { expect, it } from 'vitest'
import { serveHealth, type WorkerState } from './health.ts'

const page = { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'i2i_queue_up 1\n' }

async function ask(path: string, state: WorkerState, scrape = async () => page) {
  const at = { port: 0, host: '127.0.0.1', leaseMs: 1_000 }
  await using server = await serveHealth({ ...at, scrape, state: () => state })
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
  return { status: response.status, text: await response.text() }
}

it('says unhealthy of a worker in quarantine, and why', async () => {
  const quarantined = { state: 'degraded', reason: 'engine-hung', jobs: 0, sinceBeat: 10 } as const
  const { status, text } = await ask('/health', quarantined)
  expect([status, JSON.parse(text)]).toMatchObject([
    503,
    { status: 'unhealthy', state: 'degraded', reason: 'engine-hung' },
  ])
})

it('says healthy of one that takes jobs and is heard', async () => {
  const idle = { state: 'idle', jobs: 0, sinceBeat: 10 } as const
  expect((await ask('/health', idle)).status).toBe(200)
  expect((await ask('/health', { ...idle, sinceBeat: 1_001 })).status).toBe(503)
})

it('gives the page of metrics also while the checkpoint loads, and 500 where there is none', async () => {
  const loading = { state: 'loading', jobs: 0 } as const
  expect(await ask('/metrics', loading)).toEqual({ status: 200, text: page.text })
  const broken = await ask('/metrics?a=1', loading, () => Promise.reject(new Error('broken')))
  expect(broken).toEqual({ status: 500, text: '{"code":"internal"}' })
})

it('tells a balancer to wait while it loads, to come once it is ready, and to stay away in quarantine', async () => {
  const hung = { state: 'degraded', reason: 'engine-hung', jobs: 0 } as const
  expect(await ask('/ping', { state: 'loading', jobs: 0 })).toEqual({ status: 204, text: '' })
  expect(await ask('/ping', { state: 'busy', jobs: 1 })).toMatchObject({ status: 200 })
  expect(await ask('/ping', hung)).toEqual({
    status: 503,
    text: '{"status":"degraded","reason":"engine-hung"}',
  })
  expect(await ask('/ping', { state: 'draining', jobs: 1 })).toMatchObject({ status: 503 })
})

it('answers on every port that it was given, or on none', async () => {
  const rest = { host: '127.0.0.1', leaseMs: 1_000, scrape: async () => page }
  const state = () => ({ state: 'idle', jobs: 0 }) as const
  const free = await serveHealth({ ...rest, state, port: 0 })
  const other = free.port
  await free[Symbol.asyncDispose]()
  await using server = await serveHealth({ ...rest, state, port: 0, otherPorts: [other] })
  for (const port of [server.port, other]) {
    expect((await fetch(`http://127.0.0.1:${port}/ping`)).status).toBe(200)
  }
  const taken = serveHealth({ ...rest, state, port: 0, otherPorts: [server.port] })
  await expect(taken).rejects.toThrow(`Port ${server.port} cannot be listened on`)
})
