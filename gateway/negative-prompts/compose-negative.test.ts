import { describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import type { Database } from '../database/database.ts'
import { testDatabases } from '../database/test-database.case.ts'
import { createComposeNegative, type NegativeWish } from './compose-negative.ts'
import { createStoredTerms } from './stored-terms.ts'

const count = loadTokenCounter()
const LITTLE = 'blurry, worst quality, jpeg artifacts'
const QUALITY = 'blurry, low quality, worst quality, jpeg artifacts, signature, watermark, text'

const modify: NegativeWish = { mode: 'modify', contentMode: 'sfw', hasReference: true, own: null }
const drawn: NegativeWish = { ...modify, mode: 'txt2img', hasReference: false }

/** Its clock is `time.now`. */
function composer(sql: Pick<Database, 'query'>, onError?: (error: unknown) => void) {
  const time = { now: 0 }
  const stored = createStoredTerms({ sql, now: () => time.now, ...(onError && { onError }) })
  return { time, compose: createComposeNegative({ stored, count }) }
}

describe.for(testDatabases)('a negative prompt on $kind', ({ missing, open }) => {
  it.skipIf(missing)('is what was seeded, by reference and content mode', async () => {
    await using database = await open()
    const { compose } = composer(database)
    const nothingDropped = { dropped: [] }
    expect(await compose(modify)).toEqual({ text: LITTLE, terms: 3, ...nothingDropped })
    const nsfw = await compose({ ...modify, contentMode: 'nsfw' })
    expect(nsfw).toEqual({ text: LITTLE, terms: 3, ...nothingDropped })
    const seven = await compose({ ...drawn, contentMode: 'nsfw' })
    expect(seven).toEqual({ text: QUALITY, terms: 7, ...nothingDropped })
    const twelve = await compose(drawn)
    const text = `${QUALITY}, nsfw, explicit, sexual, nude, naked`
    expect(twelve).toEqual({ text, terms: 12, ...nothingDropped })
  })

  it.skipIf(missing)('begins with the caller’s own, and says nothing twice', async () => {
    await using database = await open()
    const { compose } = composer(database)
    const { text, terms } = await compose({ ...modify, own: 'hat, (Blurry)1.4 , HAT' })
    expect(text).toBe('hat, (Blurry)1.4, worst quality, jpeg artifacts')
    expect(terms).toBe(4)
    expect((await compose({ ...modify, own: '' })).text).toBe(LITTLE)
  })

  it.skipIf(missing)('loses the operator’s terms before the caller’s', async () => {
    await using database = await open()
    const { compose } = composer(database)
    const own = Array.from({ length: 36 }, (_, i) => `${i % 10} ${i}`.replace(' ', '')).join(', ')
    const { text, terms, dropped } = await compose({ ...modify, own })
    expect(text?.startsWith(own.slice(0, 60))).toBe(true)
    expect(count(text ?? '')).toBeLessThanOrEqual(75)
    expect(dropped).toContain('jpeg artifacts')
    expect(terms + dropped.length).toBe(new Set(own.split(', ')).size + 3)
  })

  it.skipIf(missing)('is none in COPY, whatever was asked', async () => {
    await using database = await open()
    const { compose } = composer(database)
    const none = { text: null, terms: 0, dropped: [] }
    expect(await compose({ ...modify, mode: 'copy', own: 'hat' })).toEqual(none)
  })

  it.skipIf(missing)('takes active rows, the highest priority first', async () => {
    await using database = await open()
    await database.query('delete from i2i.negative_prompts')
    const { compose, time } = composer(database)
    expect(await compose(modify)).toEqual({ text: null, terms: 0, dropped: [] })
    expect((await compose({ ...modify, own: '' })).text).toBe('')
    await database.query(`
      insert into i2i.negative_prompts (model_type, content_mode, generation_mode, negative_prompt, priority, is_active)
      values ('sdxl', 'sfw', 'i2i', 'low', 1, true), ('sdxl', 'sfw', 'i2i', 'high, low', 9, true),
        ('sdxl', 'sfw', 'i2i', 'off', 9, false), ('sdxl', 'nsfw', 'i2i', 'other mode', 9, true),
        ('rv51', 'sfw', 'i2i', 'other model', 9, true), ('sdxl', 'sfw', 'txt2img', 'drawn', 9, true)`)
    time.now = 60_000
    expect((await compose(modify)).text).toBe('high, low')
    time.now = 120_000
    expect((await compose(drawn)).text).toBe('drawn')
  })

  it.skipIf(missing)('is read again after a minute, and not before', async () => {
    await using database = await open()
    const { compose, time } = composer(database)
    await compose(modify)
    await database.query(`update i2i.negative_prompts set negative_prompt = 'fog'`)
    time.now = 59_999
    expect((await compose(modify)).text).toBe(LITTLE)
    time.now = 60_000
    expect((await compose(modify)).text).toBe('fog')
  })
})

describe('while the database is away', () => {
  const gone = async () => {
    throw new Failure('database-unavailable', 'The database does not answer.')
  }

  it('what was read before serves on, and it is asked again every five seconds', async () => {
    let asked = 0
    let isAway = false
    const sql = {
      async query<Row>() {
        asked++
        if (isAway) return await gone()
        return [{ text: LITTLE }] as Row[]
      },
    }
    const told: unknown[] = []
    const { compose, time } = composer(sql, (error) => told.push(error))
    await compose(modify)
    isAway = true
    time.now = 60_000
    for (let i = 0; i < 10; i++) expect((await compose(modify)).text).toBe(LITTLE)
    expect([asked, told.length]).toEqual([2, 1])
    time.now = 65_000
    isAway = false
    await Promise.all(Array.from({ length: 10 }, () => compose(modify)))
    expect([asked, told.length]).toEqual([3, 1])
  })

  it('nothing is made up where nothing was read', async () => {
    const { compose } = composer({ query: gone })
    await expect(compose(modify)).rejects.toThrow('The database does not answer.')
  })
})
