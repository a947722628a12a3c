import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type Claim,
  Failure,
  memoryQueue,
  type Queue,
  type QueueWorker,
  readResult,
} from '#contract'
import { serve, type TestServer } from '#platform/fetch/server.case.ts'
import { readParameters } from '#platform/image/read-parameters.ts'
import { sharp } from '#platform/image/sharp.ts'
import { readProvenance } from '#platform/provenance/read-provenance.ts'
import { sourceTypes } from '#platform/provenance/xmp-packet.ts'
import {
  drawnAs,
  idOf,
  modify,
  type TestWorkshop,
  testWorkshop,
  txt2img,
  USER,
} from '../workshop.case.ts'
import type { Workshop } from '../workshop.ts'
import type { AttemptStage, StopReason } from './attempt.ts'
import { processJob } from './process-job.ts'

const SECRET = 'c2lnbmVkLXVybC10b2tlbg'
let photograph: Uint8Array
let server: TestServer
let made: TestWorkshop
let queue: Queue
let worker: QueueWorker

beforeAll(async () => {
  photograph = await readFile(fileURLToPath(new URL('../../../examples/cat.jpg', import.meta.url)))
  server = await serve((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://here')
    if (pathname === '/cat.jpg') return response.end(photograph)
    if (pathname === '/page') return response.end('<html>not a picture</html>')
    if (pathname === '/large') return response.end(Buffer.alloc(11_000_000))
    if (pathname === '/inward') {
      return response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
    }
    return response.writeHead(pathname === '/busy' ? 503 : 404).end()
  })
  made = await testWorkshop({}, [server.origin])
})
afterAll(async () => {
  await made[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})
beforeEach(() => {
  queue = memoryQueue({ idOf, random: () => 1 })
  worker = queue.worker('test')
})

type Stop = (reason: StopReason) => void

/** Pushes, takes and runs one job. `onStage` may stop it. */
async function run(
  raw: string,
  given: Partial<Workshop> = {},
  onStage: (stage: AttemptStage, stop: Stop, claim: Claim) => unknown = () => {},
) {
  await queue.push(raw)
  const claim = await worker.take()
  if (!claim) throw new Error('nothing was taken')
  const stopping = new AbortController()
  const stop: Stop = (reason) => stopping.abort(reason)
  const told: unknown[] = []
  const enter = (stage: AttemptStage) => void told.push(onStage(stage, stop, claim))
  const attempt = {
    ...{ claim, worker, enter, signal: stopping.signal },
    inTurn: <T>(work: () => Promise<T>) => work(),
  }
  const ended = await processJob(attempt, { ...made.workshop, ...given })
  await Promise.all(told)
  return { ended, record: await queue.job(claim.id) }
}

const filesOf = async (id: string) => (await made.files()).filter((file) => file.includes(id))
const folder = `workspace-temp/${USER}`

describe('a job', () => {
  it('is completed, and its picture and thumbnail lie under today’s path alone', async () => {
    const url = `${server.origin}/cat.jpg?token=${SECRET}`
    const { ended, record } = await run(modify('m1', url))
    expect(ended).toEqual({ outcome: 'completed' })
    expect(await filesOf('m1')).toEqual([`${folder}/m1/0.png`, `${folder}/m1/0.thumb.webp`])
    const png = await made.storage.get(`${folder}/m1/0.png`)
    const [asset] = readResult(record?.result ?? '').assets
    // The cat is 451 × 300: of the buckets 3:2 is nearest, 1216 × 832 at an eighth.
    expect(asset).toMatchObject({
      path: `${USER}/m1/0.png`,
      width: 152,
      height: 104,
      bytes: png.length,
    })
    expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 152, height: 104 })
    expect(await readParameters(png)).toMatchObject({ evaluations: 7, seed: asset?.seed })
    const thumbnail = await made.storage.get(`${folder}/m1/0.thumb.webp`)
    const said = { jobId: 'm1', model: 'stub', sourceType: sourceTypes.modify }
    expect(await readProvenance(png)).toMatchObject(said)
    expect(await readProvenance(thumbnail)).toMatchObject(said)
    expect(await sharp(thumbnail).metadata()).toMatchObject({ format: 'webp', width: 256 })
  })

  it('of a gateway is left staged, for it alone knows whether another lies there by right', async () => {
    const path = `${folder}/own/0.png`
    await made.storage.put(path, Buffer.from('the first'), { contentType: 'image/png' })
    const i2i = { v: 1, ...gatewayJob, id: 'own' }
    const { ended, record } = await run(JSON.stringify({ i2i }))
    expect(ended).toEqual({ outcome: 'completed' })
    expect(Buffer.from(await made.storage.get(path)).toString()).toBe('the first')
    const [asset] = readResult(record?.result ?? '').assets
    expect(await filesOf('own')).toContain(asset?.staged?.path)
  })

  it('without a seed makes the same file in a second attempt, though that is after midnight', async () => {
    const draw = async (pauseMs: number) => {
      let now = Date.UTC(2026, 0, 31, 23, 59)
      queue = memoryQueue({ idOf, clock: () => now })
      worker = queue.worker('test')
      await queue.push(txt2img('s1'))
      await worker.take().then((first) => first && worker.giveBack(first))
      now += pauseMs
      return readResult((await run(txt2img('s1'))).record?.result ?? '').assets[0]?.sha256
    }
    expect(await draw(120_000)).toBe((await draw(0)) ?? 'a picture')
  })

  it('has its reference read from its own user’s folder', async () => {
    const path = `user-library/${USER}/cat.jpg`
    await made.storage.put(path, photograph, { contentType: 'image/jpeg' })
    expect((await run(modify('p1', path))).ended).toEqual({ outcome: 'completed' })
    expect((await run(modify('p2', `${USER}/cat.jpg`))).ended).toEqual({ outcome: 'completed' })
  })

  it('in COPY mode keeps the whole of its reference, at its own aspect', async () => {
    const copy = {
      metadata: { reference_image_url: `${server.origin}/cat.jpg`, exact_copy_mode: true },
    }
    const { record } = await run(txt2img('c1', copy))
    const result = readResult(record?.result ?? '')
    expect(result).toMatchObject({ mode: 'copy', effective: { guidanceScale: 1 } })
    // 451:300 on 128² pixels, in whole latents.
    expect(result.assets[0]).toMatchObject({ width: 160, height: 104 })
  })

  it.each([
    ['/gone', 'reference-not-found', 'failed'],
    ['/page', 'image-unreadable', 'failed'],
    ['/large', 'reference-too-large', 'failed'],
    ['/inward', 'reference-blocked', 'failed'],
    ['/busy', 'reference-unreachable', 'delayed'],
  ] as const)(
    'with a reference at %s ends by %s, and never as txt2img',
    async (path, code, outcome) => {
      const { ended } = await run(modify(`bad-${code}`, server.origin + path))
      expect(ended).toEqual({ outcome, code })
      expect(await filesOf(`bad-${code}`)).toEqual([])
    },
  )

  it.each([
    ['another user’s file', `user-library/00000000-0000-4000-8000-000000000000/a.png`],
    ['a file of nobody', 'somewhere/a.png'],
    ['a file beside the folders', 'a.png'],
  ])('may not use %s', async (_, path) => {
    const { ended, record } = await run(modify('x1', path))
    expect(ended).toEqual({ outcome: 'failed', code: 'reference-forbidden' })
    expect(readResult(record?.result ?? '').failure?.message).toMatch(/Upload it as that user/)
  })

  it('that makes no sense is failed with every problem named', async () => {
    const { ended, record } = await run(
      txt2img('w1', { config: { num_inference_steps: 900, seed: -1 } }),
    )
    expect(ended).toEqual({ outcome: 'failed', code: 'request-invalid' })
    expect(record?.result).toMatch(/num_inference_steps.*seed|seed.*num_inference_steps/)
  })

  it('is not begun after its deadline', async () => {
    let drawn = 0
    const draw: Workshop['draw'] = async (order) => {
      drawn++
      return drawnAs(order)
    }
    const i2i = { v: 1, ...gatewayJob, deadlineAt: Date.now() - 1 }
    const { ended } = await run(JSON.stringify({ id: 'd1', i2i }), { draw })
    expect([ended, drawn]).toEqual([{ outcome: 'failed', code: 'deadline-expired' }, 0])
  })

  it('that the engine fails is tried again where that may help, and ended where not', async () => {
    const failing = (code: 'engine-crashed' | 'checkpoint-invalid') => ({
      draw: () => Promise.reject(new Failure(code, 'It ended.')),
    })
    expect((await run(txt2img('e1'), failing('engine-crashed'))).ended.outcome).toBe('delayed')
    expect((await run(txt2img('e2'), failing('checkpoint-invalid'))).ended.outcome).toBe('failed')
  })

  it('that shows a fault of ours says nothing of its insides', async () => {
    const draw = () => Promise.reject(new Error('cannot read "a heron that reads" of undefined'))
    const { ended, record } = await run(txt2img('i1'), { draw })
    expect(ended).toEqual({ outcome: 'failed', code: 'internal' })
    expect(record?.result).not.toContain('heron')
  })

  it('is refused where the policy says so, and where it cannot be asked', async () => {
    const refused = async () => new Failure('policy-prompt', 'This will not be made.')
    const broken = () => Promise.reject(new Error('no model'))
    expect((await run(txt2img('o1'), { screen: refused })).ended.code).toBe('policy-prompt')
    expect((await run(txt2img('o2'), { screen: broken })).ended.code).toBe('policy-check-failed')
    const late: Workshop['screen'] = async (job, stage) =>
      stage === 'made' ? new Failure('policy-output', `Not ${job.id}.`) : undefined
    expect((await run(txt2img('o3'), { screen: late })).ended.code).toBe('policy-output')
    expect(await filesOf('o3')).toEqual([])
  })
})

describe('an attempt that is stopped', () => {
  it.each(['drawing', 'delivering'] as const)(
    'by a cancel while %s is cancelled, without a file',
    async (when) => {
      const { ended, record } = await run(txt2img(`k-${when}`), {}, (stage, stop) => {
        if (stage === when) stop('cancel')
      })
      expect(ended).toEqual({ outcome: 'cancelled' })
      expect(record).toMatchObject({ status: 'cancelled' })
      expect(await filesOf(`k-${when}`)).toEqual([])
    },
  )

  it('because it is given back leaves the job as it is', async () => {
    const { ended, record } = await run(txt2img('g1'), {}, (stage, stop) => {
      if (stage === 'drawing') stop('leave')
    })
    expect(ended).toEqual({ outcome: 'left' })
    expect(record).toMatchObject({ status: 'active' })
  })

  it('by another’s claim publishes nothing, and keeps what the other published', async () => {
    const path = `${folder}/l1/0.png`
    const { ended } = await run(txt2img('l1'), {}, async (stage, _, claim) => {
      if (stage !== 'delivering') return
      await worker.giveBack(claim)
      await made.storage.put(path, Buffer.from('the other’s'), { contentType: 'image/png' })
    })
    expect(ended).toEqual({ outcome: 'lost' })
    expect(await filesOf('l1')).toEqual([path])
    expect(Buffer.from(await made.storage.get(path)).toString()).toBe('the other’s')
  })
})

it('leaves no prompt and no signed URL in the log', () => {
  const all = made.lines.join('\n')
  expect(all).toContain('"jobId":"m1"')
  for (const needle of ['heron', 'newspaper', SECRET]) expect(all).not.toContain(needle)
})

const gatewayJob = {
  id: 'd1',
  source: 'gateway',
  mode: 'txt2img',
  asked: { prompt: 'a heron' },
  loras: [],
  userId: USER,
  contentMode: 'sfw',
  enhance: false,
  metadata: {},
}
