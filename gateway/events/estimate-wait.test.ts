import { expect, it } from 'vitest'
import type { HealthReport } from '#contract'
import { databasesHere } from '../database/test-database.case.ts'
import { ANNA, cat, testGateway } from '../jobs/jobs.case.ts'
import type { WorkerView } from '../routing/worker-view.ts'
import { estimateWait } from './estimate-wait.ts'

const report: HealthReport = {
  ...{ version: '0.1.0', state: 'busy', inFlight: 1, heldSeconds: 3, device: 'cuda' },
  ...{ checkpoint: 'sdxl.safetensors', modes: ['txt2img'], loras: false },
  service: [{ mode: 'txt2img', size: '1024x1024', seconds: 2 }],
}
const worker = (name: string, given: HealthReport): WorkerView => ({
  ...{ name, isLive: true, silentMs: 0, report: given },
})

it('a job in line takes what is in hand, those before it, and itself, by those who can do it', async () => {
  await using database = await (databasesHere[0]?.open ?? expect.fail)()
  await using gateway = await testGateway(database)
  const { row } = await gateway.accept(cat, { caller: ANNA, surface: 'v1' })
  const place = { jobId: row.id, position: 5, ahead: 4 }
  const secondsWith = (...workers: readonly WorkerView[]) => {
    const local = { isUp: true, since: 0, isOverloaded: false, waiting: 9, waitSeconds: 0, workers }
    return estimateWait(() => local)({ ...row, attemptState: 'waiting' }, place)
  }
  expect(secondsWith(worker('a', report))).toBe(3 + 4 * 2 + 2)
  expect(secondsWith(worker('a', report), worker('b', report))).toBe((6 + 4 * 2) / 2 + 2)
  expect(secondsWith(worker('a', { ...report, modes: ['copy'] }))).toBeUndefined()
  expect(secondsWith()).toBeUndefined()
})
