import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure, memoryQueue } from '#contract'
import type { Storage } from '#platform/storage/storage.ts'
import { runLoop } from '../loop/loop.ts'
import { idOf, type TestWorkshop, testWorkshop, txt2img, USER } from '../workshop.case.ts'

/** Shorter than a storage is asked again for, so that nobody who stopped beating would keep its job. */
const LEASE_MS = 900
const folder = `workspace-temp/${USER}`

let made: TestWorkshop
beforeAll(async () => {
  made = await testWorkshop()
})
afterAll(() => made[Symbol.asyncDispose]())

/** One job in a loop of its own, on a storage whose puts fail where `isDown` says so. */
async function ended(
  raw: string,
  isDown: (path: string, sinceMs: number) => boolean,
  mostAttempts = 3,
) {
  const since = performance.now()
  let swept = 0
  const storage: Storage = {
    ...made.storage,
    async put(...given) {
      const [path] = given
      if (isDown(path, performance.now() - since)) {
        throw new Failure('storage-failed', 'The storage answered 503. Look after it.')
      }
      await made.storage.put(...given)
    },
  }
  const backoff = { baseMs: 50, mostMs: 50 }
  const settings = { leaseMs: LEASE_MS, blockMs: 100, mostAttempts, backoff }
  const queue = memoryQueue({ settings, idOf })
  const [drain, kill] = [new AbortController(), new AbortController()]
  const outcomes: string[] = []
  await queue.push(raw)
  const done = runLoop({
    ...{ queue, worker: queue.worker('a'), workshop: { ...made.workshop, storage } },
    ...{ drain: drain.signal, kill: kill.signal, beatMs: 100 },
    onEnded: ({ outcome }) => outcomes.push(outcome),
  })
  const sweeping = setInterval(async () => {
    swept += (await queue.sweep()).requeued
  }, 50)
  const { id = '' } = idOf(raw) ?? {}
  await expect.poll(async () => (await queue.depth()).owedCallbacks, { timeout: 30_000 }).toBe(1)
  clearInterval(sweeping)
  drain.abort()
  await done
  const files = (await made.files()).filter((file) => file.includes(`/${id}/`))
  const letters = await queue.dead.list({ from: 0, count: 9 })
  return { outcomes, files, letters, swept, job: await queue.job(id) }
}

describe.concurrent('a storage that is down', () => {
  it('for a moment costs a job nothing but that, and its lease is kept (F13, A16)', async () => {
    const { outcomes, files, job, swept } = await ended(txt2img('moment'), (_, ms) => ms < 1_200)
    expect(outcomes).toEqual(['completed'])
    expect(job).toMatchObject({ status: 'completed', fence: 1, attempts: 0, stalls: 0 })
    expect(swept).toBe(0)
    expect(files).toEqual([`${folder}/moment/0.png`, `${folder}/moment/0.thumb.webp`])
  })

  it('for longer costs an attempt, and the next one delivers (F13, A16)', async () => {
    const { outcomes, files, job } = await ended(txt2img('while'), (_, ms) => ms < 3_000)
    expect(outcomes).toEqual(['delayed', 'completed'])
    expect(job).toMatchObject({ status: 'completed', fence: 2, attempts: 1, stalls: 0 })
    expect(files).toEqual([`${folder}/while/0.png`, `${folder}/while/0.thumb.webp`])
  })

  it('for good ends a job after its attempts, with a dead letter and no file (F13, A16)', async () => {
    const { outcomes, files, letters, job } = await ended(txt2img('good'), () => true, 1)
    expect(outcomes).toEqual(['delayed', 'dead'])
    expect(job).toMatchObject({ status: 'failed', code: 'storage-failed', attempts: 2, stalls: 0 })
    expect(job?.result).toContain('storage-failed')
    expect(letters).toMatchObject([{ id: 'good', reason: 'storage-failed' }])
    expect(files).toEqual([])
  })

  it('for one of three pictures fails all three, and publishes none (F13, A16)', async () => {
    const raw = txt2img('three', { config: { num_images: 3 } })
    const isDown = (path: string) => path.endsWith('/1.png')
    const { outcomes, files, job } = await ended(raw, isDown, 0)
    expect(outcomes).toEqual(['dead'])
    expect(job).toMatchObject({ status: 'failed', code: 'storage-failed' })
    expect(job?.result).not.toContain('.png')
    expect(files).toEqual([])
  })
})
