import { describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import type { Database } from '../database/database.ts'
import { testDatabases } from '../database/test-database.case.ts'
import { createKey, listKeys, type NewKey, revokeKey } from './key-records.ts'
import { createKeyRing } from './key-ring.ts'

const PEPPER = 'p'.repeat(32)
const wish: NewKey = {
  environment: 'live',
  tenant: 'default',
  userId: 'ann',
  name: 'laptop',
  scopes: ['jobs:read', 'jobs:write'],
  adult: false,
  expiresAt: null,
}

/** Its clock is `time.now`; `asked` are the statements that it sent. */
function ringOn(database: Database, pepper = PEPPER) {
  const time = { now: Date.now() }
  const asked: string[] = []
  const sql: Pick<Database, 'query'> = {
    query(text, values) {
      asked.push(text)
      return database.query(text, values)
    },
  }
  return { time, asked, ring: createKeyRing({ sql, pepper, now: () => time.now }) }
}

describe.for(testDatabases)('keys on $kind', ({ missing, open }) => {
  it.skipIf(missing)('say whose they are', async () => {
    await using database = await open()
    const { ring } = ringOn(database)
    const { id, text } = await createKey(database, PEPPER, wish)
    expect(await ring.verify(text)).toEqual({
      tenant: 'default',
      userId: 'ann',
      name: id,
      scopes: ['jobs:read', 'jobs:write'],
      adult: false,
    })
    const { text: other } = await createKey(database, PEPPER, { ...wish, adult: true, scopes: [] })
    expect(await ring.verify(other)).toMatchObject({ adult: true, scopes: [] })
    const { text: third } = await createKey(database, PEPPER, { ...wish, attests: true })
    expect(await ring.verify(third)).toMatchObject({ adult: false, attests: true })
  })

  it.skipIf(missing)('are kept as a hash alone', async () => {
    await using database = await open()
    const { id, text } = await createKey(database, PEPPER, wish)
    const [row] = await database.query('select to_jsonb(k) as k from i2i.api_keys k')
    const kept = JSON.stringify(row)
    expect(kept).toContain(id)
    expect(kept).not.toContain(text.slice(-20))
  })

  it.skipIf(missing)('of another secret, another pepper or another id are refused', async () => {
    await using database = await open()
    const { ring } = ringOn(database)
    const { id, text } = await createKey(database, PEPPER, wish)
    const end = text.endsWith('a') ? 'b' : 'a'
    const forged = [
      `${text.slice(0, -1)}${end}`,
      text.replace('_live_', '_test_'),
      text.replace(id, 'ZZZZZZZZ'),
      'i2i_live_',
    ]
    for (const each of forged) {
      await expect(ring.verify(each)).rejects.toMatchObject({ code: 'unauthorized' })
    }
    const { ring: peppered } = ringOn(database, 'q'.repeat(32))
    await expect(peppered.verify(text)).rejects.toThrow('The API key is not known here.')
    expect((await ring.verify(text)).userId).toBe('ann')
  })

  it.skipIf(missing)('end when they expire, to the millisecond', async () => {
    await using database = await open()
    const { ring, time } = ringOn(database)
    const expiresAt = new Date(time.now + 5_000)
    const { text } = await createKey(database, PEPPER, { ...wish, expiresAt })
    time.now += 4_999
    expect((await ring.verify(text)).userId).toBe('ann')
    time.now += 1
    await expect(ring.verify(text)).rejects.toThrow('The key expired on')
  })

  it.skipIf(missing)('are refused half a minute after they were revoked', async () => {
    await using database = await open()
    const { ring, time } = ringOn(database)
    const { id, text } = await createKey(database, PEPPER, wish)
    await ring.verify(text)
    await revokeKey(database, id)
    time.now += 29_999
    expect((await ring.verify(text)).userId).toBe('ann')
    time.now += 1
    await expect(ring.verify(text)).rejects.toThrow('The key was revoked.')
    await expect(ringOn(database).ring.verify(text)).rejects.toThrow('The key was revoked.')
  })

  it.skipIf(missing)(
    'are read once in half a minute, and noted as used once a minute',
    async () => {
      await using database = await open()
      const { ring, time, asked } = ringOn(database)
      const keys = [
        await createKey(database, PEPPER, wish),
        await createKey(database, PEPPER, wish),
      ]
      const reads = () => asked.filter((each) => each.includes('hash')).length
      const notes = () => asked.filter((each) => each.includes('update')).length
      const verifyAll = () => Promise.all(keys.map(({ text }) => ring.verify(text)))
      // Both keys in one statement, however often each is shown.
      await Promise.all(Array.from({ length: 25 }, verifyAll))
      expect(reads()).toBe(1)
      const used = async () => (await listKeys(database)).map(({ lastUsedAt }) => lastUsedAt)
      await expect.poll(used).toEqual([expect.any(Date), expect.any(Date)])
      expect(notes()).toBe(1)
      time.now += 59_999
      await verifyAll()
      expect([reads(), notes()]).toEqual([2, 1])
      time.now += 1
      await verifyAll()
      await expect.poll(() => [reads(), notes()]).toEqual([2, 2])
    },
  )

  it.skipIf(missing)('lock the door from the first on, though all are revoked', async () => {
    await using database = await open()
    const { ring, time } = ringOn(database)
    expect(await ring.hasAny()).toBe(false)
    const { id } = await createKey(database, PEPPER, wish)
    await revokeKey(database, id)
    time.now += 30_000
    expect(await ring.hasAny()).toBe(true)
  })

  it.skipIf(missing)('of one user are of one tenant', async () => {
    await using database = await open()
    await createKey(database, PEPPER, wish)
    await createKey(database, PEPPER, wish)
    await createKey(database, PEPPER, { ...wish, userId: 'bob', tenant: 'other' })
    await expect(createKey(database, PEPPER, { ...wish, tenant: 'other' })).rejects.toThrow(
      'The user ann belongs to another tenant than other.',
    )
    await expect(revokeKey(database, 'nokey123')).rejects.toMatchObject({ code: 'not-found' })
    expect(await listKeys(database)).toHaveLength(3)
  })
})

it('a database that is away is said to be, and nobody is let in', async () => {
  const query = async () => {
    throw new Failure('database-unavailable', 'The database does not answer.')
  }
  const ring = createKeyRing({ sql: { query }, pepper: PEPPER })
  const text = `i2i_live_Ab3dE6gH_${'a'.repeat(43)}`
  await expect(ring.verify(text)).rejects.toMatchObject({ code: 'database-unavailable' })
  await expect(ring.hasAny()).rejects.toMatchObject({ code: 'database-unavailable' })
})
