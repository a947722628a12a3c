import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure, memoryQueue } from '#contract'
import { createLog } from '#platform/log.ts'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { ANNA, idOf } from '../jobs/jobs.case.ts'
import { keepTakenDown } from './keep-taken-down.ts'
import { takeDown, takedowns } from './takedown.ts'

const sha256 = 'a'.repeat(64)
const log = createLog({ level: 'silent' })

describe.for(databasesHere)('a takedown on $kind', ({ open }) => {
  let database: Database
  beforeEach(async () => {
    database = await open()
    await database.query(
      `insert into i2i.outputs (path, thumbnail_path, job_id, tenant, user_id, sha256)
       values ('anna/x/0.png', 'anna/x/0.thumb.webp', 'x', 'test', 'anna', $1)`,
      [sha256],
    )
  })
  afterEach(() => database[Symbol.asyncDispose]())

  it('that could not be deleted stays due, blocks all the same, and is done when it can be', async () => {
    const removed: string[] = []
    let isAway = true
    const storage = {
      async remove(path: string) {
        if (isAway) throw new Failure('storage-failed', 'The storage is away.')
        removed.push(path)
      },
    }
    const { takenDown } = memoryQueue({ idOf })
    const parts = { database, storage, takenDown, log }
    const asked = await takeDown({ target: { sha256 }, by: ANNA }, parts)
    expect([asked.doneAt, asked.pictures, await takenDown.count()]).toEqual([null, 1, 1])
    await keepTakenDown(parts)
    expect(await takedowns(database)).toMatchObject([{ id: asked.id, doneAt: null }])
    isAway = false
    await keepTakenDown(parts)
    expect(await takedowns(database)).toMatchObject([{ id: asked.id, doneAt: expect.any(Date) }])
    const files = ['workspace-temp/anna/x/0.png', 'workspace-temp/anna/x/0.thumb.webp']
    expect(removed).toEqual(files)
    await keepTakenDown(parts)
    expect(removed).toEqual(files)
  })

  it('is told again to workers whose Redis has forgotten', async () => {
    const storage = { remove: async () => {} }
    const told = memoryQueue({ idOf }).takenDown
    await takeDown({ target: { sha256 }, by: ANNA }, { database, storage, takenDown: told })
    const { takenDown } = memoryQueue({ idOf })
    await keepTakenDown({ database, storage, takenDown, log })
    expect(await takenDown.among([sha256])).toEqual([sha256])
  })
})
