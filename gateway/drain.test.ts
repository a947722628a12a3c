import { expect, it } from 'vitest'
import { testGateway } from './gateway.case.ts'

it('sends streams elsewhere and answers who waits, before it ends', async () => {
  await using gateway = await testGateway({ variables: { DRAIN_MS: '3000' } })
  const post = (headers: Record<string, string>) =>
    fetch(`${gateway.url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"prompt":"a cat"}',
    })
  const waiting = post({ prefer: 'wait=50' })
  const accepted = await post({})
  const location = accepted.headers.get('location')
  const events = await fetch(`${gateway.url}${location}/events`)
  const start = performance.now()
  gateway.drain()
  expect(await events.text()).toContain('event: reconnect')
  const answer = await waiting
  expect(answer.status).toBe(202)
  expect(await gateway.ended).toBe('drained')
  expect(performance.now() - start).toBeLessThan(3_000)
  await expect(fetch(`${gateway.url}/health`)).rejects.toThrow()
})

it('waits for nothing more once it is to end at once, and says so', async () => {
  await using gateway = await testGateway({ variables: { DRAIN_MS: '60000' } })
  // It may get an answer yet.
  const waiting = fetch(`${gateway.url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=50' },
    body: '{"prompt":"a cat"}',
  }).catch((error: unknown) => error)
  await new Promise((resolve) => setTimeout(resolve, 200))
  gateway.drain()
  gateway.kill()
  expect(await gateway.ended).toBe('overrun')
  await waiting
})
