import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Job } from '#contract'
import { catalogueIn } from '#worker/loras/catalogue.case.ts'
import { readCatalogue } from '#worker/loras/catalogue.ts'
import { type Model, planJob } from './model.ts'

const bare: Model = {
  checkpoint: 'sdxl.safetensors',
  nativeSize: 1024,
  served: undefined,
  distillation: undefined,
  catalogue: undefined,
}

const job: Job = {
  id: '3f1d0c8e-1111-4222-8333-944444444444',
  source: 'foreign',
  mode: 'txt2img',
  asked: { prompt: 'a heron' },
  loras: [],
  contentMode: 'sfw',
  enhance: false,
  metadata: {},
}

it('gives a job without a seed one of its own, always the same', () => {
  const seeds = [job, job, { ...job, id: 'other' }].map((each) => planJob(each, bare).planned.seed)
  // The first four bytes of the id's SHA-256, as `sha256sum` gives them.
  expect(seeds[0]).toBe(0x316e6b77)
  expect(seeds[1]).toBe(seeds[0])
  expect(seeds[2]).not.toBe(seeds[0])
  const asked = { ...job, asked: { ...job.asked, seed: 0 } }
  expect(planJob(asked, bare).planned.seed).toBe(0)
})

it('makes turbo of a distilled checkpoint’s own accord, and of a distilled LoRA where it is asked', async () => {
  const lightning = { id: 'light', file: 'l.safetensors', distillation: 'lightning', steps: 4 }
  const { folder, path } = await catalogueIn([{ id: 'sea', file: 'sea.safetensors' }, lightning])
  const model = { ...bare, catalogue: await readCatalogue(path) }
  const own = planJob(job, { ...bare, distillation: 'lightning' }).planned
  expect(own).toMatchObject({ guidanceScale: 1 })
  expect(own.steps).toBeLessThan(15)
  const turbo = {
    ...job,
    asked: { quality: 'turbo' },
    loras: [{ id: 'sea', strength: 0.5 }],
  } as const
  expect(planJob(turbo, model)).toMatchObject({
    planned: { steps: 4, guidanceScale: 1 },
    loras: [
      { path: join(folder, 'sea.safetensors'), strength: 0.5 },
      { path: join(folder, 'l.safetensors'), strength: 1 },
    ],
  })
  expect(planJob(job, model)).toMatchObject({ planned: { steps: 25 }, loras: [] })
  expect(() => planJob(turbo, { ...bare, catalogue: undefined })).toThrow(/no LoRA sea/)
})
