import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { paceOf } from './settings.ts'
import { type Stage, setStage } from './stage.ts'
import { drawingOf, jobId, todaysElement } from './todays-job.ts'

const LEASE_MS = 900
const KILLS = 4
/** Beyond the lease and the time between sweeps. */
const GRACE_MS = 1_000

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
      const most = LEASE_MS + paceOf(LEASE_MS).sweepMs + drawingOf(id).ms + GRACE_MS
      expect(performance.now() - since).toBeLessThan(most)
      expect(await stage.queue.job(id)).toMatchObject({ fence: 2, stalls: 1, attempts: 0 })
      await until(async () => (await stage.queue.depth()).owedCallbacks === 0)
      const results = stage.receiver.received.filter((each) => each.id === id)
      expect(new Set(results.map(({ result }) => result)).size).toBe(1)
    }
  })
})

/** Long enough to be killed at. */
function* longJobs(): Generator<string, never> {
  for (let number = 0; ; number++) {
    const id = jobId(1, number)
    const { ms, failsAtFirst } = drawingOf(id)
    if (ms > 280 && !failsAtFirst) yield id
  }
}

/** False where the kill came too late, on a machine that is busy with other things. */
async function killHolder({ queue, crew }: Stage, id: string): Promise<boolean> {
  await queue.push(todaysElement(id))
  await until(async () => (await queue.job(id))?.worker !== undefined)
  const slot = Number((await queue.job(id))?.worker?.split('-')[1])
  if (!Number.isNaN(slot)) await crew.kill(slot)
  return (await queue.job(id))?.status === 'active'
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(5)
}
