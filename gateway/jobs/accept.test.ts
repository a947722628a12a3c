import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { jobOf } from '../store/find-jobs.ts'
import type { Accepted } from './accept.ts'
import { ANNA, callerNamed, cat, firstOf, type TestGateway, testGateway } from './jobs.case.ts'
import { sweepOld } from './retention.ts'

const HOUR = 3_600_000

describe.for(databasesHere)('accepting on $kind', ({ open }) => {
  let database: Database
  let made: TestGateway
  beforeEach(async () => {
    database = await open({ connections: 20 })
    made = await testGateway(database)
  })
  afterEach(async () => {
    await made[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  const asking = { caller: ANNA, surface: 'v1' } as const
  const under = (key: string, request = cat, from = made) =>
    from.accept(request, { ...asking, idempotencyKey: key })
  const countJobs = async () =>
    (await database.query<{ n: number }>('select count(*)::int as n from i2i.jobs'))[0]?.n

  it('says what it keeps', async () => {
    const { row, position, replayed } = await made.accept(
      { ...cat, num_images: 2, callback_url: 'https://example.com/cb', deadline_ms: 60_000 },
      asking,
    )
    expect(await jobOf(database, row.id, ANNA)).toEqual(row)
    expect(row).toMatchObject({ class: 'txt2img 1024x1024', planned: { seed: 7, images: 2 } })
    expect([position, replayed]).toEqual([1, false])
    expect((await made.accept(cat, asking)).position).toBe(2)
    expect(await jobOf(database, row.id, callerNamed('bert'))).toBeUndefined()
  })

  it('shows beforehand what it would keep, and keeps nothing of it', async () => {
    const preview = await made.preview(cat, asking)
    const { row } = await made.accept(cat, asking)
    expect(preview.planned).toEqual(row.planned)
    expect(preview.choice).toMatchObject({ provider: 'local-sdxl' })
    expect(await countJobs()).toBe(1)
  })

  it('keeps nothing that is refused, by the screen or for want of a provider', async () => {
    const refusal = new Failure('policy-prompt', 'Not this.')
    const strict = await testGateway(database, { accept: { screen: async () => refusal } })
    await expect(strict.accept(cat, asking)).rejects.toBe(refusal)
    const alone = await testGateway(database, { choose: firstOf() })
    await expect(alone.accept(cat, asking)).rejects.toMatchObject({ code: 'no-provider' })
    expect(await countJobs()).toBe(0)
  })

  it('composes the negative prompt where something is changed, and never in COPY', async () => {
    const composeNegative = async ({ own }: { own: string | null }) => ({ text: `${own}, blurry` })
    const composing = await testGateway(database, { accept: { composeNegative } })
    const request = { ...cat, negative_prompt: 'fog', reference_image_url: 'anna/a.png' }
    const { planned } = await composing.preview(request, asking)
    const copy = await composing.preview({ ...request, exact_copy_mode: true }, asking)
    expect([planned.negativePrompt, copy.planned.negativePrompt]).toEqual(['fog, blurry', null])
    expect(copy.job.asked.negativePrompt).toBe('fog')
  })

  it('makes one job of fifty requests that come at once under one key', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => under('k')))
    expect(new Set(all.map(({ row }) => row.id)).size).toBe(1)
    expect(all.filter(({ replayed }: Accepted) => !replayed)).toHaveLength(1)
    expect(await countJobs()).toBe(1)
  })

  it('refuses a key that belongs to another request, and takes it from another caller', async () => {
    await under('k')
    await expect(under('k', { ...cat, seed: 8 })).rejects.toMatchObject({
      code: 'idempotency-conflict',
    })
    const bert = { caller: callerNamed('bert'), surface: 'v1', idempotencyKey: 'k' } as const
    expect((await made.accept(cat, bert)).replayed).toBe(false)
  })

  it('knows a key after a restart, though nobody could do the job now', async () => {
    const { row } = await under('k')
    const restarted = await testGateway(database, { choose: firstOf() })
    const again = await under('k', cat, restarted)
    expect([again.row.id, again.replayed]).toEqual([row.id, true])
  })

  it('forgets a key after a day', async () => {
    const { row } = await under('k')
    const age = `update i2i.idempotency_keys set created_at = created_at - interval '1 millisecond' * $1`
    await database.query(age, [23 * HOUR])
    await sweepOld(made.parts)
    expect((await under('k')).row.id).toBe(row.id)
    await database.query(age, [1.1 * HOUR])
    await sweepOld(made.parts)
    expect((await under('k')).row.id).not.toBe(row.id)
  })
})
