import { expect, it } from 'vitest'
import { type TestGateway, testGateway } from './gateway.case.ts'

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
  await jobsAre(gateway, 2)
  const events = await fetch(`${gateway.url}${location}/events`)
  gateway.drain()
  expect(await events.text()).toContain('event: reconnect')
  const answer = await waiting
  expect(answer.status).toBe(202)
  // Had it let who waits wait on, it would be `overrun`.
  expect(await gateway.ended).toBe('drained')
  await expect(fetch(`${gateway.url}/health`)).rejects.toThrow()
})

it('waits for nothing more once it is to end at once, and says so', async () => {
  await using gateway = await testGateway({ variables: { DRAIN_MS: '60000' } })
  const waiting = fetch(`${gateway.url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=50' },
    body: '{"prompt":"a cat"}',
  }).catch((error: unknown) => error)
  await jobsAre(gateway, 1)
  gateway.drain()
  gateway.kill()
  expect(await gateway.ended).toBe('overrun')
  await waiting
})

/** What is posted has come as far as the database. */
const jobsAre = ({ database }: TestGateway, count: number) =>
  expect.poll(() => database.query('select 1 from i2i.jobs')).toHaveLength(count)
