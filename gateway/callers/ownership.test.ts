/** Three users, one of them another tenant's of the same name: none reaches what is another's, by any statement. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Job, plan } from '#contract'
import { type TestDatabases, testDatabases } from '../database/test-database.case.ts'
import { readReference } from '../requests/read-reference.ts'
import { askToCancel } from '../store/cancel-job.ts'
import { jobOf, jobsOf } from '../store/find-jobs.ts'
import { insertJob } from '../store/insert-job.ts'
import type { Owner } from '../store/job-row.ts'

const users: readonly Owner[] = [
  { tenant: 'default', userId: 'ann' },
  { tenant: 'default', userId: 'bob' },
  { tenant: 'other', userId: 'ann' },
]

async function filled(open: TestDatabases['open']) {
  const database = await open()
  const jobs: { readonly id: string; readonly owner: Owner }[] = []
  for (const owner of users) {
    const id = randomUUID()
    const asked = { prompt: 'a cat' }
    const job: Job = {
      ...{ id, source: 'gateway', mode: 'txt2img', asked, loras: [], userId: owner.userId },
      ...{ contentMode: 'sfw', enhance: false, metadata: {} },
    }
    await insertJob(database, {
      ...{ ...owner, job, planned: plan('txt2img', asked, 1), class: 'txt2img', surface: 'v1' },
      ...{ provider: 'local-sdxl', notes: [], attemptId: randomUUID() },
      idempotency: { key: 'the same key', fingerprint: id },
    })
    jobs.push({ id, owner })
  }
  return { database, jobs }
}

describe.for(testDatabases)('on $kind', ({ missing, open }) => {
  it.skipIf(missing)(
    'each sees, lists and cancels what is their own, and nothing else is there',
    async () => {
      const { database, jobs } = await filled(open)
      await using _ = database
      for (const caller of users) {
        const own = jobs.find(({ owner }) => owner === caller)?.id
        const listed = await jobsOf(database, caller, { limit: 100 })
        expect(listed.map(({ id }) => id)).toEqual([own])
        for (const { id, owner } of jobs) {
          const isOwn = owner === caller
          expect((await jobOf(database, id, caller))?.id).toBe(isOwn ? id : undefined)
          const after = await jobsOf(database, caller, { limit: 100, after: id })
          // Another's job as the end of a page tells nothing either.
          expect(after).toEqual([])
        }
      }
      for (const caller of users) {
        for (const { id, owner } of jobs.filter(({ owner }) => owner !== caller)) {
          expect(await askToCancel(database, id, caller)).toBeUndefined()
          expect((await jobOf(database, id, owner))?.cancelAsked).toBe(false)
        }
      }
      for (const { id, owner } of jobs)
        expect(await askToCancel(database, id, owner)).toBe('queued')
    },
  )
})

describe('the path of a reference', () => {
  const read = (path: string) =>
    readReference(path, { field: 'reference_image_url', userId: 'ann' })

  it.each(['ann/cat.png', 'user-library/ann/cat.png', 'reference_images/ann/a/cat.png'])(
    'that is in one’s own folder is taken: %s',
    (path) => {
      expect(read(path)).toEqual({ path: path.startsWith('ann') ? `user-library/${path}` : path })
    },
  )

  it.each([
    'bob/cat.png',
    'user-library/bob/cat.png',
    'reference_images/bob/ann/cat.png',
    'annabel/cat.png',
    'ANN/cat.png',
    'Ann/cat.png',
  ])('that is in another’s is forbidden: %s', (path) => {
    expect(() => read(path)).toThrow(expect.objectContaining({ code: 'reference-forbidden' }))
  })

  it.each([
    'ann/../bob/cat.png',
    'user-library/ann/../bob/cat.png',
    'ann/%2e%2e/bob/cat.png',
    'ann\\..\\bob\\cat.png',
    '/ann/cat.png',
    'ann//cat.png',
    'ann/./cat.png',
    'ann/\u0000/cat.png',
    'file:///ann/cat.png',
    'user-library/ann',
    'ann',
  ])('that climbs or is none is not read: %j', (path) => {
    expect(() => read(path)).toThrow(/reference_image_url (?:is|must be)/)
  })
})
