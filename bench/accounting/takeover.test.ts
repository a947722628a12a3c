import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { seedOf } from '#worker/daemon/job/seed-of.ts'
import { effectOf } from './effect.ts'
import { elementOf, jobId } from './payloads.ts'
import { paceOf } from './settings.ts'
import { type Stage, setStage } from './stage.ts'
import { drawingOf } from './stub-draw.ts'

const LEASE_MS = 900
const KILLS = 4
/** The memo's figure is a lease, a sweep, the drawing and a second; a machine that is busy with other things takes longer. */
const GRACE_MS = 1_000
const TIMES_BUSY = 5

describe.skipIf(privateRedisMissing)('a worker killed in the middle of a job', () => {
  it('leaves it to another, who completes it within a lease and a sweep (F1)', async () => {
    await using stage = await setStage({ seed: 1, leaseMs: LEASE_MS })
    const longest = longJobs()
    let kills = 0
    while (kills < KILLS) {
      const { value: id = '' } = longest.next()
      const killed = await killHolder(stage, id)
      if (!killed) continue
      kills++
      const since = performance.now()
      await until(async () => (await stage.queue.job(id))?.status === 'completed')
      const most = LEASE_MS + paceOf(LEASE_MS).beatMs + drawingOf(seedOf(id)).ms + GRACE_MS
      expect(performance.now() - since).toBeLessThan(TIMES_BUSY * most)
      expect(await stage.queue.job(id)).toMatchObject({ fence: 2, stalls: 1, attempts: 0 })
      await until(async () => (await stage.queue.depth()).owedCallbacks === 0)
      const results = stage.receiver.received.filter((each) => each.id === id)
      const effects = results.map(({ status, pictures }) => effectOf(status, pictures))
      expect(new Set(effects).size).toBe(1)
    }
  })
})

/** Long enough to be killed at. */
function* longJobs(): Generator<string, never> {
  for (let number = 0; ; number++) {
    const id = jobId(1, number)
    const { ms, failsAtFirst } = drawingOf(seedOf(id))
    if (ms > 280 && !failsAtFirst) yield id
  }
}

/** False where the kill came too late, on a machine that is busy with other things. */
async function killHolder({ queue, crew, reference }: Stage, id: string): Promise<boolean> {
  await crew.canKill()
  await queue.push(elementOf({ id, reference }))
  await until(async () => (await queue.job(id))?.worker !== undefined)
  const slot = Number((await queue.job(id))?.worker?.split('-')[1])
  if (!Number.isNaN(slot)) await crew.kill(slot)
  return (await queue.job(id))?.status === 'active'
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(5)
}
