import { describe, expect, test } from 'vitest'
import { readParameters } from '#platform/image/read-parameters.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { markSending } from '../store/attempts.ts'
import { noteComposed } from '../store/remote-attempts.ts'
import { hashOfToken, tokenOf, webhookUrlOf } from './attempt-token.ts'
import { eventually, statesOf, USER } from './caretaker.case.ts'
import { orderFor } from './order-for.ts'
import { withReplicate } from './with-replicate.case.ts'

describe.for(databasesHere)('on $kind', (databases) => {
  const at = withReplicate(databases)

  describe('a job', () => {
    test('becomes files of ours, one charge, and what its provider is known to have done', async () => {
      const { accept, ended, attempts, count, storage } = await at.started()
      const { id } = await accept({ images: 2 })
      const row = await ended(id)
      expect(row).toMatchObject({ status: 'completed', provider: 'replicate', failure: null })
      const { assets = [], effective, timings } = row.result ?? {}
      expect(assets.map(({ path, seed }) => [path, seed])).toEqual([
        [`${USER}/${id}/a1/0.png`, 1234],
        [`${USER}/${id}/a1/1.png`, 1235],
      ])
      expect(assets[0]).toMatchObject({ width: 64, height: 64, format: 'png' })
      expect(effective).toMatchObject({
        ...{ provider: 'replicate', model: 'stability-ai/sdxl', scheduler: 'euler' },
        ...{ steps: 25, evaluations: 25, guidanceScale: 7.5, negativePrompt: null },
        size: { width: 64, height: 64 },
      })
      expect(timings?.provider).toBeGreaterThan(30)
      const png = await storage.get(`workspace-temp/${assets[0]?.path}`)
      expect(await readParameters(png)).toMatchObject({ prompt: 'a cat in the snow', seed: 1234 })
      const thumbnail = await storage.get(`workspace-temp/${assets[0]?.thumbnailPath}`)
      expect(Buffer.from(thumbnail).toString('latin1', 8, 12)).toBe('WEBP')
      expect(await count('charges', id)).toBe(1)
      await eventually(() => attempts(id)).toEqual([
        { provider: 'replicate', state: 'won', code: null, cost: 2500, isLetGo: true },
      ])
      expect(at.stub.creates).toHaveLength(1)
    })

    test('takes its reference along, decoded and upright', async () => {
      const { accept, ended } = await at.started()
      const { id } = await accept({ mode: 'modify' })
      expect(await ended(id)).toMatchObject({ status: 'completed' })
      const [file] = at.stub.files.values()
      expect(file?.subarray(1, 4).toString()).toBe('PNG')
    })

    test('is told of while it runs', async () => {
      at.stub.next({ end: 'endless' })
      const told: number[] = []
      const onProgress = (_: string, progress: number) => void told.push(progress)
      const { accept, row } = await at.started({ parts: { onProgress } })
      const { id } = await accept()
      await eventually(async () => (await row(id)).status).toBe('processing')
      await eventually(() => told[0]).toBe(0.25)
    })

    test('of another user’s reference is not sent', async () => {
      const { accept, ended, start } = await at.prepared()
      const { id } = await accept({ mode: 'modify' })
      await at.database.query(
        `update i2i.jobs set job = jsonb_set(job, '{reference,path}', '"bob/a.png"') where id = $1`,
        [id],
      )
      start()
      expect(await ended(id)).toMatchObject({ failure: { code: 'reference-forbidden' } })
      expect([at.stub.creates.length, at.fal.calls.submit]).toEqual([0, 0])
    })
  })

  describe('a refusal', () => {
    test('429 is tried again, and that is two requests in all', async () => {
      at.stub.next({ create: 'throttled-mutely' })
      const { accept, ended } = await at.started()
      const { id } = await accept()
      expect(await ended(id)).toMatchObject({
        status: 'completed',
        tried: [{ provider: 'replicate', code: 'provider-throttled' }],
      })
      expect(at.stub.creates).toHaveLength(2)
    })

    test('429 that wants more time than there is goes to the next provider', async () => {
      at.stub.next({ create: 'throttled' })
      const { accept, row } = await at.started()
      const { id } = await accept({ deadlineMs: 20_000 })
      await eventually(() => at.fal.calls.submit).toBe(1)
      expect(await statesOf(at.database, id)).toEqual([
        'replicate failed provider-throttled',
        expect.stringMatching(/^fal-ai (sending|sent|running)/),
      ])
      expect(await row(id)).toMatchObject({
        notes: ['As fal-ai does it.'],
        reason: 'Replicate had it before: the provider wants fewer requests.',
      })
    })

    test('429 keeps the next jobs from it, too, for as long as it says', async () => {
      at.stub.next({ create: 'throttled' })
      const { accept, row } = await at.started()
      const first = await accept()
      await eventually(async () => (await row(first.id)).tried).toHaveLength(1)
      const patient = await accept()
      const urgent = await accept({ deadlineMs: 20_000 })
      await eventually(async () => (await row(urgent.id)).provider).toBe('fal-ai')
      expect(await statesOf(at.database, patient.id)).toEqual(['replicate waiting'])
      expect(at.stub.creates).toHaveLength(1)
    })

    test('of content goes nowhere', async () => {
      for (const plan of [{ create: 'filtered' }, { end: 'filtered' }] as const) at.stub.next(plan)
      const { accept, ended, count } = await at.started()
      for (const { id } of [await accept(), await accept()]) {
        expect(await ended(id)).toMatchObject({
          status: 'failed',
          failure: { code: 'provider-refused-content' },
        })
        expect(await count('charges', id)).toBe(0)
      }
      expect(at.fal.calls).toEqual({ submit: 0, look: 0, cancel: 0, find: 0 })
    })

    test('what fails there is paid for by us, and done by another', async () => {
      at.stub.next({ end: 'out-of-memory' })
      const { accept, attempts, row } = await at.started()
      const { id } = await accept()
      await eventually(async () => (await row(id)).provider).toBe('fal-ai')
      await eventually(async () => (await attempts(id))[0]).toMatchObject({
        ...{ state: 'failed', code: 'provider-failed', cost: 2500, isLetGo: true },
      })
    })

    test('what it ended itself is done by another', async () => {
      at.stub.next({ end: 'aborted' })
      const { accept } = await at.started()
      const { id } = await accept()
      await eventually(() => at.fal.calls.submit).toBe(1)
      expect((await statesOf(at.database, id))[0]).toBe('replicate failed provider-failed')
    })

    test('our own workers are next where they are next in order', async () => {
      at.stub.next({ create: 'no-credit' })
      const changed: string[] = []
      const onChanged = (id: string) => void changed.push(id)
      const { accept } = await at.started({
        order: ['replicate', 'local-sdxl'],
        parts: { onChanged },
      })
      const { id } = await accept()
      await eventually(() => statesOf(at.database, id)).toEqual([
        'replicate failed provider-denied',
        'local-sdxl waiting',
      ])
      expect(changed).toContain(id)
    })
  })

  describe('an answer that never came', () => {
    test.each(['reset-taken', 'silent-taken', 'malformed'] as const)(
      '%s: what was taken is found, and was sent once',
      async (create) => {
        at.stub.next({ create })
        const providers = [at.replicate(1_500), at.fal.provider]
        const { accept, ended } = await at.started({ hasWebhooks: true, providers })
        const { id } = await accept()
        expect(await ended(id)).toMatchObject({ status: 'completed', tried: [] })
        expect(at.stub.creates).toHaveLength(1)
        expect(at.fal.calls.submit).toBe(0)
      },
    )

    test('what was not taken goes on after it was looked for, and is told of', async () => {
      at.stub.next({ create: 'reset' })
      const { accept, logged } = await at.started({ hasWebhooks: true })
      const { id } = await accept()
      await eventually(() => at.fal.calls.submit).toBe(1)
      expect(at.stub.creates).toHaveLength(1)
      expect((await statesOf(at.database, id))[0]).toBe('replicate failed provider-ambiguous')
      expect(logged).toContainEqual(
        expect.objectContaining({ msg: 'possible double cost', jobId: id, level: 'warn' }),
      )
    })

    test.each([
      ['before it ordered: the next one does', { creates: 1, others: 0 }],
      ['as it ordered: it is looked for, and another provider is next', { creates: 0, others: 1 }],
      ['once it had ordered: the picture is taken', { creates: 1, others: 0 }],
    ])('a gateway that was killed %s', async (when, { creates, others }) => {
      const test = await at.prepared({ hasWebhooks: true })
      const { id, attemptId } = await test.accept()
      const attempt = { id: attemptId, provider: 'replicate' }
      const tokenHash = hashOfToken(tokenOf(attemptId, test.parts.secret))
      expect(await markSending(at.database, attemptId, { tokenHash, lookAgainMs: 50 })).toBe(true)
      const sent = { model: 'sdxl', hasNegativePrompt: false }
      if (!when.startsWith('before')) {
        expect(await noteComposed(at.database, attemptId, { sent, notes: [] })).toBe(true)
      }
      if (when.startsWith('once')) {
        const { signal } = new AbortController()
        const order = orderFor({ row: await test.row(id), parts: test.parts, signal })
        const webhookUrl = webhookUrlOf(attempt, { ...test.parts, publicUrl: 'http://127.0.0.1:1' })
        at.stub.next({ webhook: 'never' })
        await at.replicate().submit(order, { webhookUrl, remainingMs: 60_000, signal })
        Object.assign(test.parts, { publicUrl: 'http://127.0.0.1:1' })
      }
      test.start()
      if (creates > 0)
        expect(await test.ended(id)).toMatchObject({ status: 'completed', tried: [] })
      await eventually(() => at.fal.calls.submit).toBe(others)
      expect(at.stub.creates).toHaveLength(creates)
    })

    test('of two gateways that have it in hand, one alone orders', async () => {
      const { accept } = await at.prepared()
      const { attemptId } = await accept()
      const composed = { sent: { model: 'sdxl', hasNegativePrompt: false }, notes: [] }
      expect(await noteComposed(at.database, attemptId, composed)).toBe(false)
      await markSending(at.database, attemptId, { tokenHash: 'a', lookAgainMs: 50 })
      expect(await noteComposed(at.database, attemptId, composed)).toBe(true)
      expect(await noteComposed(at.database, attemptId, composed)).toBe(false)
    })
  })

  describe('a webhook', () => {
    test.each(['once', 'late', 'twice', 'before-answer'] as const)('%s', async (webhook) => {
      at.stub.next({ webhook })
      const { accept, ended, count } = await at.started({ hasWebhooks: true })
      const { id } = await accept()
      expect(await ended(id)).toMatchObject({ status: 'completed', tried: [] })
      await eventually(() => at.stub.deliveries.map(({ status }) => status)).toEqual(
        webhook === 'twice' ? [200, 200] : [200],
      )
      expect(await count('charges', id)).toBe(1)
      expect(at.stub.creates).toHaveLength(1)
    })

    test('is not waited for where it does not come', async () => {
      at.stub.next({ webhook: 'never' })
      const times = { every: 20, lease: 10_000, firstLook: 20, longestLookWithWebhook: 100 }
      const { accept, ended } = await at.started({ hasWebhooks: true, parts: { times } })
      expect(await ended((await accept()).id)).toMatchObject({ status: 'completed' })
    })
  })
})
