/** A worker without a key of the storage puts its files to URLs that the job carries. */
import { expect, it } from 'vitest'
import { memoryQueue, readResult, type Upload } from '#contract'
import { serve } from '#platform/fetch/server.case.ts'
import { idOf, testWorkshop, USER } from '../workshop.case.ts'
import { processJob } from './process-job.ts'

const SECRET = 'c2lnbmVkLXVybC10b2tlbg'
const PATHS = [`${USER}/u1/0.png`, `${USER}/u1/0.thumb.webp`] as const

/** @param stagedFor a path, where the URL puts the file elsewhere. */
async function run(stagedFor: (path: string) => Pick<Upload, 'staged'>) {
  const taken: string[] = []
  await using bucket = await serve(async (request, response) => {
    for await (const _ of request);
    taken.push(`${request.method} ${request.url} ${request.headers['content-type']}`)
    response.end()
  })
  await using made = await testWorkshop({}, [bucket.origin])
  const uploads = PATHS.map((path) => ({
    ...{ path, url: `${bucket.origin}/up/${path}?token=${SECRET}` },
    ...stagedFor(path),
  }))
  const job = {
    ...{ id: 'u1', source: 'gateway', mode: 'txt2img', asked: { prompt: 'a heron' }, loras: [] },
    ...{ userId: USER, contentMode: 'sfw', enhance: false, metadata: {} },
  }
  const queue = memoryQueue({ idOf })
  const worker = queue.worker('test')
  await queue.push(JSON.stringify({ id: 'u1', i2i: { v: 1, ...job, uploads } }))
  const claim = await worker.take()
  if (!claim) throw new Error('nothing was taken')
  const { signal } = new AbortController()
  const inTurn = <T>(work: () => Promise<T>) => work()
  const attempt = { claim, worker, enter: () => {}, signal, inTurn }
  const { outcome } = await processJob(attempt, { ...made.workshop, storage: undefined })
  const { result = '' } = (await queue.job('u1')) ?? {}
  expect(result).not.toContain(SECRET)
  return { outcome, taken: taken.toSorted(), asset: readResult(result).assets[0] }
}

const PUTS = [
  `PUT /up/${PATHS[0]}?token=${SECRET} image/png`,
  `PUT /up/${PATHS[1]}?token=${SECRET} image/webp`,
]

it('at the paths that readers know, where they were signed for those', async () => {
  const { outcome, taken, asset } = await run(() => ({}))
  expect({ outcome, taken }).toEqual({ outcome: 'completed', taken: PUTS })
  expect(asset).toMatchObject({ path: PATHS[0], thumbnailPath: PATHS[1] })
  expect(asset).not.toHaveProperty('staged')
})

it('where they are staged, and says so to whoever publishes them', async () => {
  const { outcome, taken, asset } = await run((path) => ({ staged: `bucket/.staged/1/${path}` }))
  expect({ outcome, taken }).toEqual({ outcome: 'completed', taken: PUTS })
  const [path, thumbnailPath] = PATHS.map((each) => `bucket/.staged/1/${each}`)
  expect(asset).toMatchObject({ path: PATHS[0], staged: { path, thumbnailPath } })
})
