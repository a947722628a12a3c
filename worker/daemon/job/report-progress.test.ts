import { expect, it } from 'vitest'
import { memoryQueue, type QueueWorker } from '#contract'
import type { Progress } from '#pipeline/stages.ts'
import { decodeImage } from '#platform/image/decode.ts'
import { idOf, txt2img } from '../workshop.case.ts'
import { progressReporter } from './report-progress.ts'

const preview = { width: 16, height: 8, data: new Uint8Array(16 * 8 * 3).fill(200) }

async function started(showsPreviews: boolean) {
  const queue = memoryQueue({ idOf })
  const worker = queue.worker('w')
  await queue.push(txt2img('one'))
  const claim = (await worker.take()) ?? expect.fail()
  const clock = { ms: 0 }
  const sent: (string | undefined)[] = []
  const told: string[] = []
  const telling = {
    async progress(...[of, data, picture]: Parameters<typeof worker.progress>) {
      sent.push(picture)
      told.push(JSON.stringify(data))
      return await worker.progress(of, data, picture)
    },
  }
  const report = progressReporter({ worker: telling, claim, showsPreviews, now: () => clock.ms })
  const step = (done: number, at: number, more: Partial<Progress> = {}) => {
    clock.ms = at
    report({ stage: 'denoise', image: 0, done, of: 9, preview, ...more })
  }
  return { queue, worker, claim, sent, told, step }
}

it('a preview goes along twice a second at most, and progress four times', async () => {
  const { queue, sent, told, step } = await started(true)
  for (const [done, at] of [0, 100, 300, 499, 600, 900, 1_200].entries()) step(done, at)
  await expect.poll(() => told.length).toBe(5)
  expect(told.map((text) => JSON.parse(text).step)).toEqual([0, 2, 4, 5, 6])
  expect(sent.map((picture) => picture !== undefined)).toEqual([true, false, true, false, true])
  const base64 = (await queue.previews(['one'])).get('one') ?? ''
  expect(await decodeImage(Buffer.from(base64, 'base64'))).toMatchObject({ width: 16, height: 8 })
})

it('nothing of the picture leaves the process where none may be shown', async () => {
  const { queue, sent, step } = await started(false)
  for (const [done, at] of [0, 1_000, 2_000].entries()) step(done, at)
  await expect.poll(() => sent).toEqual([undefined, undefined, undefined])
  expect(await queue.previews(['one'])).toEqual(new Map())
})

it('what cannot be encoded or told keeps nothing from being told after it', async () => {
  const { told, step } = await started(true)
  step(0, 0, { preview: { width: 5, height: 5, data: new Uint8Array(1) } })
  step(1, 1_000)
  await expect.poll(() => told.length).toBe(1)
  expect(JSON.parse(told[0] ?? '').step).toBe(1)
})

it('does not gather what happens while the queue is away', async () => {
  const { claim, worker } = await started(true)
  let hear = () => {}
  const away = new Promise<void>((resolve) => {
    hear = resolve
  })
  const steps: unknown[] = []
  const telling: Pick<QueueWorker, 'progress'> = {
    async progress(of, data) {
      await away
      steps.push(data.step)
      return await worker.progress(of, data)
    },
  }
  const clock = { ms: 0 }
  const report = progressReporter({
    ...{ worker: telling, claim, showsPreviews: true, now: () => clock.ms },
  })
  const step = (done: number) => {
    clock.ms += 1_000
    report({ stage: 'denoise', image: 0, done, of: 200, preview })
  }
  for (let done = 0; done < 100; done++) step(done)
  hear()
  await expect.poll(() => steps.length).toBe(20)
  step(100)
  await expect.poll(() => steps.at(-1)).toBe(100)
})
