import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createScreen } from '../../policy/screen.ts'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { ANNA, callerNamed, type TestGateway, testGateway } from '../jobs/jobs.case.ts'
import { deleteOldEvents } from './policy-events.ts'
import { createSuspensions, liftSuspension, listSuspensions } from './suspensions.ts'

const HOUR = 3_600_000
const rules = { version: 'r1', about: '', minor: ['zorblat'], sexual: ['vexnaro'] }
const severe = { prompt: 'a zorblat, vexnaro, SECRETWORD' }
const slight = { prompt: 'vexnaro' }
const good = { prompt: 'a harbour' }
const ben = callerNamed('ben')

describe.for(databasesHere)('refusals on $kind', ({ open }) => {
  let database: Database
  let gateway: TestGateway
  let at: number
  const strikes = { most: 3, windowMs: HOUR, suspensionMs: 24 * HOUR }
  const gatewayOf = (now: () => number) =>
    testGateway(database, {
      accept: {
        ...{ screen: createScreen({ rules: [rules] }), strikes },
        suspensions: createSuspensions({ sql: database, now }),
      },
    })
  beforeEach(async () => {
    database = await open()
    at = Date.now()
    gateway = await gatewayOf(() => at)
  })
  afterEach(async () => {
    await gateway[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  /** @returns the code of the refusal, or `made`. */
  const ask = async (request: object, caller = ANNA, of = gateway) => {
    const asked = of.accept(request, { caller, surface: 'v1' })
    return await asked.then(
      () => 'made',
      (failure) => failure.code,
    )
  }
  const askAll = async (requests: readonly object[], caller = ANNA) => {
    const codes: string[] = []
    for (const request of requests) codes.push(await ask(request, caller))
    return codes
  }
  const prompt = 'policy-prompt'

  it('of the severe kind suspend who asks, for everything, until a time that is told', async () => {
    expect(await askAll([severe, severe, severe, good, severe])).toEqual([
      ...[prompt, prompt, prompt, 'policy-suspended', 'policy-suspended'],
    ])
    expect(await ask(good, ben)).toBe('made')
    const [row] = await database.query<{ until: Date }>('select until from i2i.suspensions')
    await expect(gateway.preview(good, { caller: ANNA })).rejects.toMatchObject({
      message: expect.stringContaining(`until ${row?.until.toISOString()}`),
    })
    at += 24 * HOUR + 60_000
    expect(await ask(good)).toBe('made')
  })

  it('of another kind suspend nobody, and neither do two, nor those of an operator', async () => {
    expect(await askAll([slight, slight, slight, slight, severe, severe, good])).toEqual([
      ...Array(4).fill('policy-content-mode'),
      ...[prompt, prompt, 'made'],
    ])
    const operator = { ...ben, scopes: ['admin', 'jobs:write'] } as const
    expect(await askAll([severe, severe, severe, severe, good], operator)).toEqual([
      ...[prompt, prompt, prompt, prompt, 'made'],
    ])
  })

  it('are heard of by other gateways, and a lift too, from which on they are counted anew', async () => {
    const other = await gatewayOf(() => at)
    expect(await ask(good, ANNA, other)).toBe('made')
    await askAll([severe, severe, severe])
    at += 2_001
    expect(await ask(good, ANNA, other)).toBe('policy-suspended')
    await liftSuspension(database, ANNA)
    at += 2_001
    expect(await askAll([good, severe, severe, good])).toEqual(['made', prompt, prompt, 'made'])
    expect(await ask(severe)).toBe(prompt)
    expect(await ask(good)).toBe('policy-suspended')
    expect(await listSuspensions(database)).toMatchObject([
      { userId: 'anna', liftedAt: null, strikes: 6 },
      { userId: 'anna', liftedAt: expect.any(Date) },
    ])
    await expect(liftSuspension(database, ben)).rejects.toMatchObject({ code: 'not-found' })
    await other[Symbol.asyncDispose]()
  })

  it('long ago count no more', async () => {
    await database.query(
      `insert into i2i.policy_events (at, tenant, user_id, caller, stage, outcome, is_strike)
       select now() - interval '2 hours', 'test', 'anna', 'anna', 'gateway', 'refused', true
       from generate_series(1, 5)`,
    )
    expect(await askAll([severe, severe, good])).toEqual([prompt, prompt, 'made'])
  })

  it('are on record: who, when, which rule, and no word of what was asked', async () => {
    await askAll([severe, slight])
    const rows = await database.query('select * from i2i.policy_events order by id')
    expect(rows).toMatchObject([
      {
        ...{ tenant: 'test', user_id: 'anna', caller: 'anna', surface: 'v1', stage: 'gateway' },
        ...{ outcome: 'refused', rule: 'minor-sexual', code: prompt, rules_version: 'r1' },
        ...{ mode: 'txt2img', content_mode: 'sfw', is_strike: true },
      },
      { rule: 'explicit-in-sfw', code: 'policy-content-mode', is_strike: false },
    ])
    expect(JSON.stringify(rows)).not.toMatch(/zorblat|vexnaro|SECRETWORD/i)
  })

  it('are on record for good: the database itself lets nobody change, delete or empty them', async () => {
    await askAll([severe])
    for (const text of [
      `update i2i.policy_events set rule = 'none'`,
      'delete from i2i.policy_events',
      'truncate i2i.policy_events',
    ]) {
      await expect(database.query(text)).rejects.toThrow('appended to, and never changed')
    }
    await database.query(
      `insert into i2i.policy_events (at, tenant, user_id, caller, stage, outcome)
       values (now() - interval '366 days', 'test', 'anna', 'anna', 'gateway', 'refused')`,
    )
    expect(await deleteOldEvents(database, { ageMs: 365 * 24 * HOUR, count: 10 })).toBe(1)
    expect(await database.query('select id from i2i.policy_events')).toHaveLength(1)
  })
})
