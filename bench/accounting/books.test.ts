import { describe, expect, it } from 'vitest'
import { databasesHere } from '../../gateway/database/test-database.case.ts'
import { settle } from '../../gateway/store/settle.ts'
import { openIn, readBooks } from './books.ts'

const [{ open } = { open: undefined }] = databasesHere
if (!open) throw new Error('there is no database to test on')

describe('the books', () => {
  it('say what is open, then what was charged, given and told', async () => {
    // Postgres itself is asked in each accounting.
    await using database = await open()
    const job = JSON.stringify({
      callback: { url: 'http://example.com' },
      metadata: { request: 7 },
    })
    await database.query(
      `insert into i2i.jobs (id, tenant, user_id, mode, class, job, planned, surface, attempt_id)
       values ('1', 't', 'u', 'txt2img', 'c', $1::jsonb, '{}', 'v1', 'a')`,
      [job],
    )
    await database.query(
      `insert into i2i.attempts (id, job_id, n, provider, tenant, user_id) values ('a', '1', 1, 'local-sdxl', 't', 'u')`,
    )
    const waiting = { id: '1', request: 7, status: 'queued', won: 0, open: 1, charges: 0 }
    expect(await readBooks(database)).toMatchObject([{ ...waiting, effect: null, given: null }])
    expect(await openIn(database)).toBe(2)

    const assets = ['x', 'y'].map((sha256, i) => ({
      ...{ path: `u/1/${i}.png`, thumbnailPath: '', width: 1, height: 1, seed: 1, bytes: 1 },
      ...{ format: 'png' as const, sha256 },
    }))
    await settle(database, { id: 'a', jobId: '1' }, { status: 'completed', result: { assets } })
    const won = { ...waiting, status: 'completed', won: 1, open: 0, charges: 1, dueCharges: 1 }
    const given = { effect: 'x y', given: 'x y', callbacks: 1, delivered: 0 }
    expect(await readBooks(database)).toEqual([{ ...won, ...given }])
    expect(await openIn(database)).toBe(1)

    await database.query(`update i2i.callbacks set done_at = now(), outcome = 'delivered'`)
    await database.query('update i2i.charges set images = 1')
    const [row] = await readBooks(database)
    expect(row).toMatchObject({ charges: 1, dueCharges: 0, delivered: 1 })
    expect(await openIn(database)).toBe(0)
  })
})
