import { describe, expect, it } from 'vitest'
import { testDatabases } from './test-database.case.ts'

describe.for(testDatabases)('a test database on $kind', ({ missing, open }) => {
  it.skipIf(missing)('is migrated, and empty although another was not', async () => {
    const count = 'select count(*)::int as n from i2i.webhook_events'
    {
      await using first = await open()
      await first.query(`insert into i2i.webhook_events (provider, event_id) values ('p', 'e')`)
      expect(await first.query(count)).toEqual([{ n: 1 }])
    }
    await using second = await open()
    expect(await second.query(count)).toEqual([{ n: 0 }])
  })

  it.skipIf(missing)('keeps two that are open apart', async () => {
    await using first = await open()
    await using second = await open({ connections: 2 })
    await first.query(`insert into i2i.webhook_events (provider, event_id) values ('p', 'e')`)
    expect(await second.query('select 1 from i2i.webhook_events')).toEqual([])
  })
})
