import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { jobById, jobOf } from '../store/find-jobs.ts'
import { dispatch } from './dispatch.ts'
import { ANNA, assetOf, callerNamed, cat, type TestGateway, testGateway } from './jobs.case.ts'
import { defaultAges, purgeJob, sweepOld } from './retention.ts'
import { settleLocal } from './settle-local.ts'

const DAY = 24 * 3_600_000
const nothing = { uploads: 0, purged: 0, rows: 0, keys: 0, events: 0 }

describe.for(databasesHere)('retention on $kind', ({ open }) => {
  let database: Database
  let made: TestGateway
  beforeEach(async () => {
    database = await open()
    made = await testGateway(database)
  })
  afterEach(async () => {
    await made[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  async function completed(request = cat): Promise<string> {
    const { row } = await made.accept(request, { caller: ANNA, surface: 'v1' })
    const worker = made.queue.worker('a')
    await worker.beat([])
    await dispatch(made.parts)
    await made.work(worker)
    await settleLocal(made.queue.settlements, made.parts)
    return row.id
  }
  const isThere = (path: string) =>
    made.storage.get(path).then(
      () => true,
      () => false,
    )
  const picture = (id: string) => isThere(`workspace-temp/${assetOf(id).path}`)
  const age = (table: string, column: string, days: number) =>
    database.query(`update i2i.${table} set ${column} = ${column} - $1 * interval '1 day'`, [days])

  it('takes pictures first and rows much later, and nothing before its time', async () => {
    const id = await completed()
    expect(await sweepOld(made.parts)).toEqual(nothing)
    await age('jobs', 'finished_at', 31)
    expect(await sweepOld(made.parts)).toEqual({ ...nothing, purged: 1 })
    expect(await picture(id)).toBe(false)
    expect(await jobById(database, id)).toMatchObject({
      ...{ status: 'completed', purgedAt: expect.any(Date), result: { assets: [] } },
      job: { asked: { prompt: cat.prompt } },
    })
    await age('jobs', 'finished_at', 60)
    expect(await sweepOld(made.parts)).toEqual({ ...nothing, rows: 1 })
    expect(await jobById(database, id)).toBeUndefined()
    expect(await database.query('select 1 from i2i.attempts')).toEqual([])
  })

  it('keeps a job that still owes a callback', async () => {
    const id = await completed({ ...cat, callback_url: 'https://example.com/cb' })
    await age('jobs', 'finished_at', 1_000)
    expect(await sweepOld(made.parts)).toMatchObject({ purged: 1, rows: 0 })
    await database.query('update i2i.callbacks set done_at = now() where job_id = $1', [id])
    expect(await sweepOld(made.parts)).toMatchObject({ rows: 1 })
  })

  it('takes uploads in time, but none that an open job draws from', async () => {
    const [free, used] = ['user-library/anna/free.png', 'user-library/anna/used.png']
    for (const path of [free, used]) {
      await made.storage.put(path, Buffer.from('x'), { contentType: 'image/png' })
      await database.query(
        `insert into i2i.uploads (path, tenant, user_id, bytes, width, height, sha256)
         values ($1, 'test', 'anna', 1, 1, 1, 'x')`,
        [path],
      )
    }
    const request = { ...cat, reference_image_url: 'anna/used.png' }
    await made.accept(request, { caller: ANNA, surface: 'v1' })
    await age('uploads', 'created_at', 8)
    expect(await sweepOld(made.parts)).toEqual({ ...nothing, uploads: 1 })
    expect([await isThere(free), await isThere(used)]).toEqual([false, true])
  })

  it('forgets events of providers, a batch after the other', async () => {
    await database.query(
      `insert into i2i.webhook_events (provider, event_id)
       select 'fal-ai', n::text from generate_series(1, 450) n`,
    )
    await age('webhook_events', 'at', 8)
    await database.query(`insert into i2i.webhook_events (provider, event_id) values ('p', 'new')`)
    expect(await sweepOld(made.parts)).toEqual({ ...nothing, events: 450 })
  })

  it('goes on past a picture that cannot be removed now', async () => {
    const stuck = await completed()
    const other = await completed()
    await age('jobs', 'finished_at', 31)
    const remove = async (path: string) => {
      if (path.includes(stuck)) throw new Error('storage is away')
      await made.storage.remove(path)
    }
    const storage = { ...made.storage, remove }
    expect(await sweepOld({ ...made.parts, storage })).toMatchObject({ purged: 1 })
    expect([await picture(stuck), await picture(other)]).toEqual([true, false])
    expect(await sweepOld(made.parts)).toMatchObject({ purged: 1 })
  })

  it('keeps for ever what is to be kept for ever', async () => {
    const id = await completed()
    await age('jobs', 'finished_at', 10_000)
    const ages = { ...defaultAges, outputs: Number.POSITIVE_INFINITY, rows: 400 * DAY }
    expect(await sweepOld(made.parts, ages)).toEqual(nothing)
    expect(await picture(id)).toBe(true)
  })

  it('deletes pictures and words of a job at its caller’s wish, and at nobody else’s', async () => {
    const own = { negative_prompt: 'fog', style: 'like tin toys', metadata: { secret: 1 } }
    const request = { ...cat, ...own }
    const id = await completed({ ...request, reference_image_url: 'anna/a.png' })
    expect(await purgeJob(id, callerNamed('bert'), made.parts)).toBeUndefined()
    expect(await picture(id)).toBe(true)
    expect(await purgeJob(id, ANNA, made.parts)).toBe('completed')
    expect(await picture(id)).toBe(false)
    const row = await jobOf(database, id, ANNA)
    for (const word of ['cat', 'fog', 'tin', 'secret', 'a.png']) {
      expect(JSON.stringify(row)).not.toContain(word)
    }
    expect(row).toMatchObject({ status: 'completed', class: 'modify 1024x1024' })
    expect(await database.query('select 1 from i2i.outputs')).toHaveLength(1)
  })

  it('deletes what is not over yet as soon as it is', async () => {
    const { row } = await made.accept(cat, { caller: ANNA, surface: 'v1' })
    expect(await purgeJob(row.id, ANNA, made.parts)).toBe('queued')
    const worker = made.queue.worker('a')
    await worker.beat([])
    await dispatch(made.parts)
    await made.work(worker)
    await settleLocal(made.queue.settlements, made.parts)
    expect(await picture(row.id)).toBe(true)
    expect(await sweepOld(made.parts)).toMatchObject({ purged: 1 })
    expect(await picture(row.id)).toBe(false)
  })
})
