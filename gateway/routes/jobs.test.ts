import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestGateway, testGateway } from '../gateway.case.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await testGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

const ask = async () => {
  const answer = await fetch(`${gateway.url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"prompt":"a cat"}',
  })
  return String(JSON.parse(await answer.text()).jobId)
}

describe('a job by its address', () => {
  it('is its events for who accepts nothing else, as EventSource does, and JSON for all others', async () => {
    const id = await ask()
    const url = `${gateway.url}/v1/jobs/${id}`
    const stopped = new AbortController()
    const events = await fetch(url, {
      headers: { accept: 'text/event-stream' },
      signal: stopped.signal,
    })
    expect([events.url, events.status]).toEqual([`${url}/events`, 200])
    expect(events.headers.get('content-type')).toBe('text/event-stream')
    stopped.abort()
    for (const accept of ['*/*', 'application/json, text/event-stream']) {
      const job = await fetch(url, { headers: { accept } })
      expect([job.url, job.status]).toEqual([url, 200])
    }
    const nobodys = await fetch(`${url}x`, { headers: { accept: 'text/event-stream' } })
    expect(nobodys.status).toBe(404)
  })
})
