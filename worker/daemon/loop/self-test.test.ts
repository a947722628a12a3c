import { expect, it, onTestFinished } from 'vitest'
import { Failure, memoryQueue } from '#contract'
import { createDeadlines } from '#worker/engine/deadlines.ts'
import { tinyCheckpoints, watchedEngine } from '#worker/engine/tiny-engine.case.ts'
import type { Scores } from '../../../policy/image/messages.ts'
import { createPictureScreen } from '../../../policy/image/picture-screen.ts'
import type { ClassifierSettings } from '../../../policy/image/settings.ts'
import { drawOn } from '../draw.ts'
import { drawnAs, NATIVE, testWorkshop, txt2img } from '../workshop.case.ts'
import { loopStarter, reportOf } from './loop-starter.case.ts'
import { createQuarantine } from './quarantine.ts'
import { selfTest } from './self-test.ts'

const checkpoint = tinyCheckpoints()
const { newQueue, start } = loopStarter(async () => ({
  make: (options) => ({ queue: memoryQueue(options), advance: async () => {} }),
  async [Symbol.asyncDispose]() {},
}))
const never = new AbortController().signal

it('draws on every network at the smallest size that is served, and passes', async () => {
  await using made = await testWorkshop()
  const { model, pictureScreen } = made.workshop
  const sizes: string[] = []
  const draw: typeof made.workshop.draw = async (order) => {
    const { mode, evaluations, networkRuns } = order.planned
    const { width, height } = order.drawn
    sizes.push(`${mode} ${evaluations} ${networkRuns} ${width}x${height}`)
    return drawnAs(order)
  }
  const served = [
    { width: 128, height: 128 },
    { width: 64, height: 192 },
  ]
  await selfTest({ model: { ...model, served }, draw, pictureScreen }, never)
  await selfTest({ model, draw, pictureScreen }, never)
  expect(sizes).toEqual(['copy 1 1 64x192', `copy 1 1 ${NATIVE / 2}x${NATIVE / 2}`])
})

it('fails where what comes back is no picture of that size', async () => {
  await using made = await testWorkshop()
  const draw: typeof made.workshop.draw = async (order) => ({ ...drawnAs(order), images: [] })
  await expect(selfTest({ ...made.workshop, draw }, never)).rejects.toMatchObject({
    code: 'engine-crashed',
  })
})

it('fails while pictures that must be looked at cannot be, and passes whatever grey is taken for', async () => {
  await using made = await testWorkshop()
  const lookAt = (settle: () => Promise<Scores>) => {
    const classifier = { settings, classify: settle }
    const pictureScreen = createPictureScreen({ classifier, content: 'nsfw' })
    return selfTest({ ...made.workshop, pictureScreen }, never)
  }
  const down = () => Promise.reject(new Failure('policy-check-failed', 'It is down.'))
  await expect(lookAt(down)).rejects.toMatchObject({ code: 'policy-check-failed' })
  await lookAt(async () => [[1]])
})

/** Of a network whose one label means nsfw. */
const settings: ClassifierSettings = {
  ...{ version: '1', threads: 1, deadlineMs: 1_000 },
  networks: [
    {
      file: '/none.onnx',
      input: {
        ...{ width: 8, height: 8, resize: 'stretch', filter: 'linear' },
        ...{ layout: 'nchw', channels: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] },
      },
      ...{ labels: ['nsfw'], activation: 'none' },
      signs: [{ label: 'nsfw', sign: 'nsfw', threshold: 0.5, floor: 0.5 }],
    },
  ],
}

it('is passed by the engine that replaces a frozen one, which then draws the next job', async () => {
  // As long as on a machine where no stage was seen to end yet: its own watchdog lets it stand for minutes.
  const { engine, deaths } = watchedEngine(await checkpoint(), { deadlines: createDeadlines() })
  onTestFinished(() => engine[Symbol.asyncDispose]())
  await engine.load()
  const { queue } = newQueue()
  const drawn: string[] = []
  const draw: ReturnType<typeof drawOn> = (order, watch) => {
    drawn.push(order.planned.mode)
    if (drawn.length === 1 && engine.pid !== undefined) process.kill(engine.pid, 'SIGSTOP')
    return drawOn(engine)(order, watch)
  }
  for (const id of ['1', '2']) await queue.push(txt2img(id, { config: { steps: 2 } }))
  let isReplaced = false
  const hold = {
    ...{ pid: engine.pid, patience: engine.patience },
    replaceHung() {
      isReplaced = true
      engine.replaceHung()
    },
  }
  const stallMs = () => (isReplaced ? 60_000 : 500)
  const quarantine = createQuarantine({ crashes: 1 })
  const loop = start({ queue }, { draw, engine: hold }, { stallMs, quarantine })
  await expect.poll(() => loop.ended.length, { timeout: 50_000 }).toBe(2)
  expect(loop.ended).toEqual(['lost', 'completed'])
  expect(deaths.map(({ code }) => code)).toEqual(['engine-hung'])
  expect(drawn).toEqual(['txt2img', 'copy', 'txt2img'])
  await expect.poll(reportOf(queue)).toMatchObject({ state: 'idle', inFlight: 0 })
})
