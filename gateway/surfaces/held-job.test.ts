import { expect, it } from 'vitest'
import { testDatabases } from '../database/test-database.case.ts'
import { ANNA } from '../jobs/jobs.case.ts'
import { heldJob } from './held-job.ts'
import { testSurfaces } from './surfaces.case.ts'

const [pglite] = testDatabases

it('ends the job, and asks its client to come again, where the gateway leaves', async () => {
  await using database = await pglite!.open()
  await using surfaces = await testSurfaces(database, { takesMs: 60_000 })
  const { parts, worker } = surfaces
  const leaving = new AbortController()
  const waitForEnd: typeof parts.waitForEnd = (id, signal) =>
    parts.waitForEnd(id, AbortSignal.any([signal, leaving.signal]))
  const { signal: gone } = new AbortController()
  const asking = heldJob(
    { prompt: 'a cat' },
    { caller: ANNA, surface: 'openai', gone },
    { ...parts, waitForEnd },
  )
  await expect.poll(() => worker.taken.length).toBe(1)
  leaving.abort()
  await expect(asking).rejects.toMatchObject({ code: 'shutting-down', httpStatus: 503 })
  await expect.poll(() => worker.cancelled).toEqual([worker.taken[0]?.id])
})

it('gives the job a deadline of its own, 300 s from when it was asked', async () => {
  await using database = await pglite!.open()
  await using surfaces = await testSurfaces(database)
  const { signal: gone } = new AbortController()
  const asking = { caller: ANNA, surface: 'sdapi', gone } as const
  const row = await heldJob({ prompt: 'a cat' }, asking, surfaces.parts)
  const wait = (row.deadlineAt?.getTime() ?? 0) - row.createdAt.getTime()
  expect(Math.abs(wait - 300_000)).toBeLessThan(5_000)
})
