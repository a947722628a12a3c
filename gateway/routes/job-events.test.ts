import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../database/database.ts'
import { testDatabases } from '../database/test-database.case.ts'
import { type EventServer, eventServer, resultOf } from '../events/event-server.case.ts'
import { cancelJob } from '../jobs/cancel.ts'
import { dispatch } from '../jobs/dispatch.ts'
import { ANNA, cat } from '../jobs/jobs.case.ts'
import { settleLocal } from '../jobs/settle-local.ts'
import { watchLocal } from '../jobs/watch-local.ts'
import { beginNextAttempt, openAttempt } from '../store/attempts.ts'

describe.for(testDatabases.slice(0, 1))('the events of a job', ({ open }) => {
  let database: Database
  let server: EventServer
  beforeEach(async () => {
    database = await open()
    server = await eventServer(database, { watch: { times: { rows: 300, line: 400 } } })
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
    expect(server.errors).toEqual([])
  })

  const parts = () => ({ ...server.gateway.parts, onChanged: server.watch.nudge })
  const ask = async () => {
    const asking = { caller: ANNA, surface: 'v1' } as const
    return (await server.gateway.accept(cat, asking)).row.id
  }
  /** A worker that has the oldest job in hand. */
  const begin = async () => {
    const worker = server.gateway.queue.worker(`w-${Math.random()}`)
    await worker.beat([], { state: 'idle' })
    await dispatch({ ...parts(), onSent: server.watch.nudge })
    const claim = await worker.take()
    if (!claim) throw new Error('there was nothing to take')
    const say = (step: number, of = 25) =>
      worker.progress(claim, { stage: 'denoise', image: 0, step, of })
    const finish = async () => {
      await worker.finish(claim, { status: 'completed', result: resultOf(claim.id) })
      await settleLocal(server.gateway.queue.settlements, parts())
    }
    return { worker, claim, say, finish }
  }

  it('are a snapshot, what happens, and the end with the whole job', async () => {
    const id = await ask()
    const client = await server.follow(id)
    const { headers } = client.response
    expect(headers.get('content-type')).toBe('text/event-stream')
    expect(headers.get('x-accel-buffering')).toBe('no')
    expect(await client.next()).toMatchObject({
      event: 'snapshot',
      data: { jobId: id, status: 'queued', position: 1, prompt: cat.prompt, progress: null },
    })
    const { say, finish } = await begin()
    const [, ...rest] = await client.until('status')
    expect(rest.length).toBeLessThan(2)
    await watchLocal(parts())
    await say(5)
    const [progress] = (await client.until('progress')).slice(-1)
    expect(progress).toMatchObject({
      id: expect.stringMatching(/^\d+-\d+$/),
      data: { jobId: id, provider: 'local-sdxl', stage: 'denoise', step: 5, of: 25, fraction: 0.2 },
    })
    await say(15)
    const [later] = (await client.until('progress')).slice(-1)
    expect(later?.data.estimatedSeconds).toBeGreaterThan(0)
    await finish()
    expect(await client.next()).toMatchObject({
      event: 'completed',
      id: 'end',
      data: { jobId: id, status: 'completed', assets: [{ seed: 7 }] },
    })
    expect(await client.next()).toBeUndefined()
    expect([server.streams.count(), server.watch.count()]).toEqual([0, 0])
  })

  it('are told to three who follow one job alike', async () => {
    const id = await ask()
    const clients = [await server.follow(id), await server.follow(id), await server.follow(id)]
    await Promise.all(clients.map((client) => client.until('snapshot')))
    const { say, finish } = await begin()
    await say(3)
    const heard = await Promise.all(clients.map((client) => client.until('progress')))
    const [one, two, three] = heard.map((events) => events.at(-1))
    expect([two, three]).toEqual([one, one])
    await finish()
    const ends = await Promise.all(clients.map((client) => client.until('completed')))
    expect(ends.map((events) => events.at(-1)?.data.jobId)).toEqual([id, id, id])
  })

  it('go on after a cut where they were, and what was missed is told in order, once', async () => {
    const id = await ask()
    const { say, finish } = await begin()
    const first = await server.follow(id)
    await first.until('snapshot')
    await say(1)
    const { id: last } = (await first.until('progress')).at(-1) ?? {}
    first.close()
    for (const step of [2, 3, 4]) await say(step)
    const second = await server.follow(id, { lastEventId: last })
    const missed = await second.until('status')
    expect(missed.map(({ event, data }) => data.step ?? event)).toEqual([2, 3, 4, 'status'])
    await say(5)
    expect(await second.next()).toMatchObject({ event: 'progress', data: { step: 5 } })
    second.close()
    await finish()
    const third = await server.follow(id, { lastEventId: missed[0]?.id })
    const rest = await third.until('completed')
    expect(rest.map(({ event, data }) => data.step ?? event)).toEqual([3, 4, 5, 'completed'])
  })

  it('begin with a snapshot where what was missed is kept no more', async () => {
    const id = await ask()
    const { say } = await begin()
    const first = await server.follow(id)
    await first.until('snapshot')
    await say(1, 400)
    const { id: last } = (await first.until('progress')).at(-1) ?? {}
    for (let step = 2; step <= 300; step++) await say(step, 400)
    for (const lastEventId of [last, '1-1', 'nonsense\u00e9']) {
      const client = await server.follow(id, { lastEventId })
      const snapshot = await client.next()
      expect(snapshot).toMatchObject({ event: 'snapshot', data: { progress: { step: 300 } } })
      await say(300, 400)
      const newest = (await client.until('progress')).at(-1)
      expect(newest?.id).not.toBe(snapshot?.id)
      client.close()
    }
    first.close()
  })

  it('of a job that is over are a snapshot and the end, and nothing for who has heard it', async () => {
    const id = await ask()
    const { finish } = await begin()
    await finish()
    const client = await server.follow(id)
    const events = [await client.next(), await client.next(), await client.next()]
    expect(events.map((each) => each?.event)).toEqual(['snapshot', 'completed', undefined])
    const again = await server.get(id, { lastEventId: events[1]?.id })
    expect([again.status, await again.text()]).toEqual([204, ''])
  })

  it('tell that it was cancelled, waiting or running', async () => {
    const running = await ask()
    const { worker, claim } = await begin()
    const waiting = await ask()
    const [first, second] = [await server.follow(running), await server.follow(waiting)]
    await Promise.all([first.until('snapshot'), second.until('snapshot')])
    await cancelJob(waiting, ANNA, parts())
    expect((await second.until('cancelled')).at(-1)?.data).toMatchObject({ status: 'cancelled' })
    await cancelJob(running, ANNA, parts())
    expect(await worker.beat([claim])).toEqual(['cancel'])
    await worker.finish(claim, { status: 'cancelled' })
    await settleLocal(server.gateway.queue.settlements, parts())
    expect((await first.until('cancelled')).at(-1)?.data).toMatchObject({ jobId: running })
  })

  it('tell what another process changed, and how the line moves', async () => {
    const [first, second] = [await ask(), await ask()]
    const client = await server.follow(second)
    expect(await client.next()).toMatchObject({ data: { position: 2 } })
    await database.query(
      `with ended as (update i2i.jobs set status = 'cancelled', finished_at = now() where id = $1 returning id)
       update i2i.attempts set state = 'cancelled', ended_at = now() where job_id in (select id from ended)`,
      [first],
    )
    expect(await client.next()).toMatchObject({ event: 'status', data: { position: 1 } })
    await database.query(
      `update i2i.jobs set status = 'failed', finished_at = now(),
         failure = '{"code": "out-of-memory", "message": "secret words"}'::jsonb where id = $1`,
      [second],
    )
    const end = await client.next()
    expect(end).toMatchObject({ event: 'failed', data: { failure: { code: 'out-of-memory' } } })
    expect(JSON.stringify(end)).not.toContain('secret words')
  })

  it('tell that another provider has it now, and how far that one alone is', async () => {
    const id = await ask()
    const { say } = await begin()
    await say(20)
    const client = await server.follow(id)
    const [snapshot] = await client.until('snapshot')
    expect(snapshot?.data).toMatchObject({ status: 'processing', progress: { step: 20 } })
    const open = await openAttempt(database, id)
    const after = { id: open?.id ?? '', state: 'failed', provider: 'local-sdxl' } as const
    const next = { id: 'next', jobId: id, provider: 'replicate', notes: [] } as const
    await beginNextAttempt(database, { ...next, after: { ...after, code: 'out-of-memory' } })
    server.watch.nudge(id)
    expect(await client.next()).toMatchObject({
      event: 'status',
      data: { status: 'queued', provider: 'replicate', position: 0, estimatedSeconds: null },
    })
    await say(21)
    const late = await server.follow(id, { lastEventId: snapshot?.id })
    expect((await late.until('status')).at(-1)?.data).toMatchObject({ status: 'queued' })
    const other = await (await server.follow(id)).next()
    expect(other?.data).toMatchObject({ status: 'queued', provider: 'replicate', progress: null })
    server.watch.tell(id, 0.25)
    expect(await client.next()).toMatchObject({
      ...{ event: 'progress', id: undefined },
      data: { provider: 'replicate', fraction: 0.25, step: null },
    })
    client.close()
  })

  it('are refused to who follows too many jobs at once, with when to ask again', async () => {
    const id = await ask()
    const clients = await Promise.all([1, 2, 3, 4, 5].map(() => server.follow(id)))
    const refused = await server.get(id)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5'])
    expect(await refused.json()).toMatchObject({ code: 'rate-limited' })
    clients[0]?.close()
    await expect.poll(() => server.streams.count()).toBe(4)
    const sixth = await server.follow(id)
    await server.streams.drain()
    expect((await sixth.until('reconnect')).at(-1)?.data).toEqual({})
    const late = await server.get(id)
    expect([late.status, await late.json()]).toMatchObject([503, { code: 'shutting-down' }])
  })

  it('are nobody else’s: another caller’s job is not there, nor is one that never was', async () => {
    const id = await ask()
    for (const [which, caller] of [
      [id, 'bert'],
      ['no-such-job', 'anna'],
      ['a%20b', 'anna'],
    ]) {
      const response = await server.get(which ?? '', { caller: caller ?? '' })
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ code: 'not-found' })
    }
    expect((await server.get(id, { method: 'HEAD' })).status).toBe(200)
    await sleep(20)
    expect([server.streams.count(), server.watch.count()]).toEqual([0, 0])
  })
})
