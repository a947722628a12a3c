/** A31 in the worker: a real classifier in its own process, jobs of every mode, and an engine that draws in one colour. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type ContentMode,
  contentModes,
  type Job,
  type Mode,
  memoryQueue,
  modes,
  type Queue,
  writePayload,
} from '#contract'
import { serve, type TestServer } from '#platform/fetch/server.case.ts'
import { encodeImage } from '#platform/image/encode.ts'
import {
  type colours,
  picture,
  writeColourClassifier,
} from '../../../policy/image/colour-classifier.case.ts'
import { ImageClassifier } from '../../../policy/image/image-classifier.ts'
import { createPictureScreen } from '../../../policy/image/picture-screen.ts'
import { type ClassifierSettings, readClassifierSettings } from '../../../policy/image/settings.ts'
import { drawnAs, idOf, type TestWorkshop, testWorkshop, USER } from '../workshop.case.ts'
import { processJob } from './process-job.ts'

type Colour = keyof typeof colours

let folder: string
let server: TestServer
let made: TestWorkshop
let settings: ClassifierSettings
let classifier: ImageClassifier
let queue: Queue
let jobs = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-made-'))
  server = await serve(async (request, response) => {
    const colour = (request.url ?? '').slice(1) as Colour
    response.end(await encodeImage(picture(colour, 64), { format: 'png' }))
  })
  made = await testWorkshop({}, [server.origin])
  settings = await readClassifierSettings(await writeColourClassifier(folder))
  classifier = new ImageClassifier({ settings })
})
afterAll(async () => {
  await classifier[Symbol.asyncDispose]()
  await made[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  queue = memoryQueue({ idOf, random: () => 1 })
})

interface Asked {
  readonly mode: Mode
  readonly contentMode: ContentMode
  readonly reference?: Colour
  readonly draws: Colour
}

interface By {
  readonly classifier?: ImageClassifier | undefined
  /** The most that the checkpoint can draw. */
  readonly content?: ContentMode
}

/** What became of the job, and of whatever could be seen of it. */
async function run(
  { mode, contentMode, reference = 'grey', draws }: Asked,
  by: By = { classifier, content: 'nsfw' },
) {
  const job: Job = {
    ...{ id: `job-${jobs++}`, source: 'gateway', mode, contentMode, asked: { prompt: 'a heron' } },
    ...{ loras: [], userId: USER, enhance: false, metadata: {} },
    ...(mode !== 'txt2img' && { reference: { url: `${server.origin}/${reference}` } }),
  }
  await queue.push(writePayload(job))
  const worker = queue.worker('test')
  const claim = (await worker.take()) ?? expect.fail('nothing was taken')
  let drawn = 0
  let previews: readonly string[] = []
  const { content = 'sfw' } = by
  const pictureScreen = createPictureScreen({
    ...{ classifier: by.classifier, content, granted: 'nsfw' },
  })
  const ended = await processJob(
    {
      ...{ claim, worker, enter() {}, signal: new AbortController().signal },
      inTurn: (work) => work(),
    },
    {
      ...made.workshop,
      pictureScreen,
      async draw(order, { onProgress }) {
        drawn++
        const { images, ...rest } = drawnAs(order)
        onProgress({ stage: 'denoise', image: 0, done: 1, of: 2, preview: picture(draws, 8) })
        const isTold = async () => (await queue.events(job.id)).some((e) => e.type === 'progress')
        await expect.poll(isTold, { timeout: 20_000, interval: 5 }).toBe(true)
        previews = [...(await queue.previews([job.id])).keys()]
        return { ...rest, images: images.map((each) => ({ ...each, image: picture(draws, 64) })) }
      },
    },
  )
  const files = (await made.files()).filter((file) => file.includes(job.id))
  return { ...ended, drawn, files: files.length, previews: previews.length }
}

const everyAsk = modes.flatMap((mode) => contentModes.map((contentMode) => ({ mode, contentMode })))

describe('what was drawn', () => {
  it('is stored nowhere where its mode does not allow it, and the job fails with the policy’s code', async () => {
    for (const ask of everyAsk) {
      for (const draws of ['red', 'magenta'] as const) {
        const isAllowed = draws === 'red' && ask.contentMode === 'nsfw'
        const ended = isAllowed
          ? { outcome: 'completed', files: 2 }
          : { outcome: 'failed', code: 'policy-output', files: 0 }
        expect(await run({ ...ask, draws })).toMatchObject({ ...ended, drawn: 1, previews: 0 })
      }
      expect(await run({ ...ask, draws: 'grey' })).toMatchObject({ outcome: 'completed', files: 2 })
    }
  })

  it('is shown on its way only where it need not be looked at', async () => {
    const previewsOf = async (contentMode: ContentMode, by: By) =>
      (await run({ mode: 'txt2img', draws: 'grey', contentMode }, by)).previews
    expect(await previewsOf('sfw', { content: 'sfw' })).toBe(1)
    expect(await previewsOf('sfw', { classifier, content: 'sfw' })).toBe(1)
    expect(await previewsOf('nsfw', { classifier, content: 'sfw' })).toBe(0)
    expect(await previewsOf('sfw', { classifier, content: 'nsfw' })).toBe(0)
  })
})

it('a reference that may not be drawn from is not', async () => {
  for (const mode of ['modify', 'copy'] as const) {
    for (const [contentMode, reference] of [
      ['sfw', 'red'],
      ['nsfw', 'blue'],
      ['nsfw', 'magenta'],
    ] as const) {
      expect(await run({ mode, contentMode, reference, draws: 'grey' })).toMatchObject({
        ...{ outcome: 'failed', code: 'policy-reference', drawn: 0, files: 0 },
      })
    }
  }
})

describe('with a classifier', () => {
  const refused = { outcome: 'delayed', code: 'policy-check-failed', files: 0, previews: 0 }

  async function expectAllRefused(by: ImageClassifier, draws: Colour = 'grey') {
    for (const ask of everyAsk) {
      expect(await run({ ...ask, draws }, { classifier: by, content: 'nsfw' })).toMatchObject(
        refused,
      )
    }
  }

  it('that is killed nothing is given out', async () => {
    const onStart = (pid: number) => void process.kill(pid, 'SIGKILL')
    await using killed = new ImageClassifier({ settings, onStart })
    await expectAllRefused(killed)
  })

  it('that hangs nothing is given out', async () => {
    const onStart = (pid: number) => void process.kill(pid, 'SIGSTOP')
    await using hanging = new ImageClassifier({ settings, startMs: 50, onStart })
    await expectAllRefused(hanging)
  })

  it('that answers no number nothing is given out', async () => {
    const path = await writeColourClassifier(join(folder, 'brittle'), { kind: 'brittle' })
    await using brittle = new ImageClassifier({ settings: await readClassifierSettings(path) })
    await expectAllRefused(brittle, 'black')
  })

  it('that is not there nothing is given out of what must be looked at', async () => {
    for (const ask of everyAsk) {
      const must = await run({ ...ask, draws: 'grey' }, { content: 'nsfw' })
      expect(must).toMatchObject(refused)
    }
  })
})
