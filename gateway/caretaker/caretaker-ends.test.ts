import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { Failure } from '#contract'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import { serve } from '#platform/fetch/server.case.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { picture } from '../providers/replicate/stub-picture.case.ts'
import { beginNextAttempt } from '../store/attempts.ts'
import { askToCancel } from '../store/cancel-job.ts'
import { type Ending, settle } from '../store/settle.ts'
import { eventually, statesOf, USER } from './caretaker.case.ts'
import { withReplicate } from './with-replicate.case.ts'

const LOCAL: Ending = { status: 'completed', result: { assets: [] } }

describe.for(databasesHere)('on $kind', (databases) => {
  const at = withReplicate(databases)

  describe('the first end wins', () => {
    test('our worker’s, while the provider is at it: that is stopped, and its cost kept', async () => {
      at.stub.next({ end: 'endless' })
      const { accept, row, attempts, count, start } = await at.prepared()
      const { id, attemptId } = await accept({ provider: 'local-sdxl' })
      const after = { id: attemptId, state: 'failed', provider: 'local-sdxl' } as const
      const next = { id: `${id}-2`, jobId: id, provider: 'replicate', notes: [] } as const
      await beginNextAttempt(at.database, { ...next, after: { ...after, code: 'worker-lost' } })
      start()
      await eventually(async () => (await row(id)).status).toBe('processing')
      expect(await settle(at.database, { id: attemptId, jobId: id }, LOCAL)).toBe('settled')
      await eventually(() => [...at.stub.predictions.values()][0]?.status).toBe('canceled')
      await eventually(() => attempts(id)).toMatchObject([
        {},
        { provider: 'replicate', state: 'superseded', cost: 500, isLetGo: true },
      ])
      expect(await row(id)).toMatchObject({ status: 'completed', wonAttempt: attemptId })
      expect(await count('charges', id)).toBe(1)
    })

    test('our worker’s, while the provider’s pictures are fetched: those are removed', async () => {
      let beat = () => {}
      const isFetched = new Promise<void>((resolve) => {
        beat = resolve
      })
      let go = () => {}
      const isSettled = new Promise<void>((resolve) => {
        go = resolve
      })
      const screen = async () => {
        beat()
        await isSettled
        return undefined
      }
      const { accept, attempts, storage, count } = await at.started({ parts: { screen } })
      const { id } = await accept()
      await isFetched
      await settle(at.database, { id: 'local', jobId: id }, LOCAL)
      go()
      await eventually(() => attempts(id)).toMatchObject([{ state: 'superseded', cost: 2500 }])
      const path = `workspace-temp/${USER}/${id}/a1/0.png`
      await eventually(() => attempts(id)).toMatchObject([{ isLetGo: true }])
      await expect(storage.get(path)).rejects.toMatchObject({ code: 'not-found' })
      expect(await count('charges', id)).toBe(1)
    })

    test('two gateways that took the same pictures keep them', async () => {
      let isHeld = false
      let release = () => {}
      const isOver = new Promise<void>((resolve) => {
        release = resolve
      })
      const screen = async () => {
        // The first of both to come here waits for the other to be done.
        if (isHeld) return undefined
        isHeld = true
        await isOver
        return undefined
      }
      const { accept, ended, start, storage, count, attempts, row } = await at.prepared({
        parts: { screen },
      })
      const first = start()
      const { id, attemptId } = await accept()
      await eventually(() => isHeld).toBe(true)
      const second = start()
      // What is due may come to the first once more, which has it in hand already.
      await eventually(async () => {
        await second.lookAtOnce({ id: attemptId })
        return (await row(id)).status
      }).toBe('completed')
      const [asset] = (await ended(id)).result?.assets ?? []
      release()
      await first[Symbol.asyncDispose]()
      expect((await storage.get(`workspace-temp/${asset?.path}`)).length).toBe(asset?.bytes)
      expect(await attempts(id)).toMatchObject([{ state: 'won', cost: 2500 }])
      expect(await count('charges', id)).toBe(1)
    })

    test('two gateways send each job once', async () => {
      const { accept, ended, start } = await at.prepared({ hasWebhooks: true })
      start()
      start()
      const jobs = await Promise.all(Array.from({ length: 12 }, () => accept()))
      for (const { id } of jobs) expect(await ended(id)).toMatchObject({ status: 'completed' })
      expect(at.stub.creates).toHaveLength(12)
    })
  })

  describe('what nobody wants any more', () => {
    const owner = { tenant: 'test', userId: USER }

    test('a wish to cancel stops the provider, and costs the caller nothing', async () => {
      at.stub.next({ end: 'endless' })
      const { accept, ended, attempts, row, count, start } = await at.prepared()
      const caretaker = start()
      const { id, attemptId } = await accept()
      await eventually(async () => (await row(id)).status).toBe('processing')
      await askToCancel(at.database, id, owner)
      await caretaker.lookAtOnce({ id: attemptId })
      expect(await ended(id)).toMatchObject({ status: 'cancelled' })
      expect([...at.stub.predictions.values()][0]?.status).toBe('canceled')
      await eventually(() => attempts(id)).toMatchObject([{ cost: 500, isLetGo: true }])
      expect(await count('charges', id)).toBe(0)
    })

    test('a provider that does not say that it stopped keeps nobody waiting', async () => {
      at.stub.next({ end: 'endless' })
      const { accept, ended, row, attempts } = await at.started()
      const { id } = await accept()
      await eventually(async () => (await row(id)).status).toBe('processing')
      at.stub.fail('cancel', 'unavailable', 2)
      await askToCancel(at.database, id, owner)
      expect(await ended(id)).toMatchObject({ status: 'cancelled' })
      await eventually(() => attempts(id)).toMatchObject([{ isLetGo: true }])
      expect([...at.stub.predictions.values()][0]?.status).toBe('canceled')
    })

    test('a deadline ends it, here and there', async () => {
      at.stub.next({ end: 'endless' })
      const { accept, ended, row } = await at.started()
      const { id } = await accept({ deadlineMs: 600_000 })
      await eventually(async () => (await row(id)).status).toBe('processing')
      await at.database.query('update i2i.jobs set deadline_at = now() where id = $1', [id])
      expect(await ended(id)).toMatchObject({ failure: { code: 'deadline-expired' } })
      await eventually(() => [...at.stub.predictions.values()][0]?.status).toBe('canceled')
      expect(at.fal.calls.submit).toBe(0)
    })

    test('a provider that never ends is given up', async () => {
      at.stub.next({ end: 'stuck' })
      const { accept } = await at.started({
        parts: { times: { every: 20, firstLook: 20, mostRemote: 200 } },
      })
      const { id } = await accept()
      await eventually(() => at.fal.calls.submit).toBe(1)
      expect((await statesOf(at.database, id))[0]).toBe('replicate failed provider-failed')
    })
  })

  describe('pictures that cannot be had', () => {
    test('are fetched again', async () => {
      at.stub.fail('output', 'unavailable', 2)
      const { accept, ended } = await at.started()
      expect(await ended((await accept()).id)).toMatchObject({ status: 'completed' })
    })

    test('fail the job, which no other is paid for then', async () => {
      at.stub.next(
        { end: 'lost' },
        { output: ['https://elsewhere.example/out.png'] },
        { end: 'removed' },
      )
      const { accept, ended, attempts } = await at.started()
      for (const { id } of [await accept(), await accept(), await accept()]) {
        expect(await ended(id)).toMatchObject({ failure: { code: 'provider-output-lost' } })
        await eventually(() => attempts(id)).toMatchObject([{ cost: 2500, isLetGo: true }])
      }
      expect(at.fal.calls.submit).toBe(0)
    })

    test('that are no pictures are no fault of the caller', async () => {
      at.stub.next({ output: [`${at.stub.baseUrl}/models/stability-ai/sdxl`] })
      const { accept, ended } = await at.started()
      expect(await ended((await accept()).id)).toMatchObject({
        failure: { code: 'provider-output-lost' },
      })
    })

    test('that may not be shown are not kept', async () => {
      const screen = async () => new Failure('policy-output', 'It will not be delivered.')
      const { accept, ended, storage } = await at.started({ parts: { screen } })
      const { id } = await accept()
      expect(await ended(id)).toMatchObject({ failure: { code: 'policy-output' } })
      const path = `workspace-temp/${USER}/${id}/a1/0.png`
      await expect(storage.get(path)).rejects.toMatchObject({ code: 'not-found' })
      expect(at.fal.calls.submit).toBe(0)
    })
  })

  test('a gateway that ends leaves its jobs to the next at once', async () => {
    at.stub.next({ end: 'endless' })
    const { accept, row, start, logged } = await at.prepared()
    const first = start()
    const { id, attemptId } = await accept()
    await eventually(async () => (await row(id)).status).toBe('processing')
    await first[Symbol.asyncDispose]()
    const second = start()
    await askToCancel(at.database, id, { tenant: 'test', userId: USER })
    await second.lookAtOnce({ id: attemptId })
    await eventually(async () => (await row(id)).status).toBe('cancelled')
    expect(logged.filter(({ level }) => level === 'error')).toEqual([])
  })

  describe('while the reference is fetched that a provider is to have', () => {
    const slow = async () => {
      const hanging: ServerResponse[] = []
      const server = await serve((_, response) => void hanging.push(response))
      const guard = createGuardedFetch({ privateOrigins: [server.origin] })
      const answer = () => {
        for (const response of hanging.splice(0)) response.end(picture())
      }
      return { server, guard, answer, asked: () => hanging.length }
    }
    const pointTo = async (id: string, url: string) => {
      const reference = JSON.stringify({ url })
      await at.database.query(
        `update i2i.jobs set job = jsonb_set(job, '{reference}', $2::jsonb) where id = $1`,
        [id, reference],
      )
    }

    test('a gateway ends: the next one orders it, once', async () => {
      const { server, guard, answer, asked } = await slow()
      await using _ = server
      const { accept, ended, start, logged } = await at.prepared({ parts: { guard } })
      const { id } = await accept({ mode: 'modify' })
      await pointTo(id, `${server.origin}/cat.png`)
      const first = start()
      await eventually(asked).toBe(1)
      await first[Symbol.asyncDispose]()
      start()
      await eventually(asked).toBe(2)
      answer()
      expect(await ended(id)).toMatchObject({ status: 'completed', tried: [] })
      expect(at.stub.creates).toHaveLength(1)
      expect(logged.filter(({ msg }) => msg === 'possible double cost')).toEqual([])
    })

    test('its caller cancels: nothing is ordered', async () => {
      const { server, guard, answer, asked } = await slow()
      await using _ = server
      const { accept, ended, start } = await at.prepared({ parts: { guard } })
      const { id, attemptId } = await accept({ mode: 'modify' })
      await pointTo(id, `${server.origin}/cat.png`)
      const caretaker = start()
      await eventually(asked).toBe(1)
      await askToCancel(at.database, id, { tenant: 'test', userId: USER })
      await caretaker.lookAtOnce({ id: attemptId })
      answer()
      expect(await ended(id)).toMatchObject({ status: 'cancelled' })
      expect(at.stub.creates).toHaveLength(0)
    })
  })
})
