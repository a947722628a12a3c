import { expect, it } from 'vitest'
import { readHealthReport } from '#contract'
import type { Model } from '../model.ts'
import { beatHealth } from './beat-health.ts'
import { createHeldJobs } from './held-jobs.ts'
import { createServiceTimes, type Work } from './service-times.ts'

const size = { width: 832, height: 1216 }
const work: Work = { mode: 'modify', size, images: 1 }
const model: Model = {
  checkpoint: '/models/secret-folder/lustify.safetensors',
  nativeSize: 1024,
  served: [{ width: 1024, height: 1024 }, size],
  distillation: undefined,
  catalogue: undefined,
}

it('says what can be asked of the worker, and how much of its engine’s time it holds', () => {
  const held = createHeldJobs()
  const times = createServiceTimes()
  times.took(work, 3.0004)
  times.took({ ...work, mode: 'copy' }, 1)
  const jobs = ['1', '2', '3'].map((id) =>
    held.add({
      id,
      fence: 1,
      token: id,
      raw: '{}',
      attempts: 0,
      stalls: 0,
      startedAt: 0,
      firstSeenAt: 0,
    }),
  )
  // The first is drawn already, the second is known to be three pictures, the third not yet read.
  jobs[0]?.tell({ work })
  jobs[0]?.enter('delivering')
  jobs[1]?.tell({ work: { ...work, images: 3 } })
  jobs[1]?.enter('drawing')
  const machine = { device: 'cuda', gpu: 0 } as const
  const report = beatHealth(model, machine, { state: 'busy', jobs: held.all(), times })
  expect(report).toMatchObject({
    inFlight: 3,
    heldSeconds: 11.001,
    checkpoint: 'lustify.safetensors',
    sizes: ['1024x1024', '832x1216'],
    service: [
      { mode: 'modify', size: '832x1216', seconds: 3 },
      { mode: 'copy', size: '832x1216', seconds: 1 },
    ],
  })
  expect(report.pictures).toBeUndefined()
  const text = JSON.stringify(report)
  expect(readHealthReport(text)).toEqual(JSON.parse(text))
})

it('says of a checkpoint that is known to draw nothing real that it does', () => {
  const doing = { state: 'idle', jobs: [], times: createServiceTimes() } as const
  const report = beatHealth({ ...model, pictures: 'nonsense' }, {}, doing)
  expect(readHealthReport(JSON.stringify(report))).toMatchObject({ pictures: 'nonsense' })
})
