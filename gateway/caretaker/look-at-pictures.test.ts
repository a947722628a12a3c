/** A31 in the gateway: a provider that makes pictures of one colour, and a real classifier in its own process. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ContentMode, contentModes } from '#contract'
import { serve, type TestServer } from '#platform/fetch/server.case.ts'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import { encodeImage } from '#platform/image/encode.ts'
import {
  type colours,
  picture,
  writeColourClassifier,
} from '../../policy/image/colour-classifier.case.ts'
import { ImageClassifier } from '../../policy/image/image-classifier.ts'
import { createPictureScreen, type PictureScreen } from '../../policy/image/picture-screen.ts'
import { readClassifierSettings } from '../../policy/image/settings.ts'
import type { Database } from '../database/database.ts'
import { testDatabases } from '../database/test-database.case.ts'
import { type CareTest, careTest, eventually, USER } from './caretaker.case.ts'
import { standIn } from './stand-in-provider.case.ts'

type Colour = keyof typeof colours

const decoder = new Decoder()
let folder: string
let server: TestServer
let database: Database
let classifier: ImageClassifier

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-look-'))
  server = await serve(async (request, response) => {
    response.end(await png((request.url ?? '').slice(1) as Colour))
  })
  database = await (testDatabases[0]?.open ?? expect.fail)()
  const settings = await readClassifierSettings(await writeColourClassifier(folder))
  classifier = new ImageClassifier({ settings })
})
afterAll(async () => {
  await classifier[Symbol.asyncDispose]()
  await decoder[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const png = (colour: Colour, side = 64) => encodeImage(picture(colour, side), { format: 'png' })

/** `draws`: what the provider makes of everything. */
async function cared(pictureScreen: PictureScreen, draws: { colour: Colour }) {
  const outputs = () => [`${server.origin}/${draws.colour}`]
  const made = standIn('replicate', { state: () => ({ kind: 'done', outputs: outputs() }) })
  const next = standIn('fal-ai')
  const care = await careTest({
    ...{ database, decoder, providers: [made.provider, next.provider] },
    parts: { pictureScreen, outputRules: { privateOrigins: [server.origin] } },
  })
  care.start()
  const isStored = async (id: string) => {
    const path = `workspace-temp/${USER}/${id}/a1/0.png`
    return await care.storage.get(path).then(
      () => true,
      () => false,
    )
  }
  return { care, isStored, made: made.calls, next: next.calls }
}

const screenBy = (by: ImageClassifier | undefined) =>
  createPictureScreen({ classifier: by, content: 'sfw', granted: 'nsfw' })

describe('what a provider made', () => {
  test('becomes the job’s only where its mode allows it, and goes to no other provider', async () => {
    const draws = { colour: 'grey' as Colour }
    const { care, isStored, next } = await cared(screenBy(classifier), draws)
    await using _ = care
    for (const contentMode of contentModes) {
      for (const colour of ['grey', 'red', 'blue', 'magenta'] as const) {
        draws.colour = colour
        const { id } = await care.accept({ contentMode })
        const row = await care.ended(id)
        const isGood = allowed[contentMode].includes(colour)
        const ended = isGood ? ['completed', undefined, true] : ['failed', 'policy-output', false]
        expect([row.status, row.failure?.code, await isStored(id)], colour).toEqual(ended)
      }
    }
    expect(next.submit).toBe(0)
  })
  const allowed: Readonly<Record<ContentMode, readonly Colour[]>> = {
    sfw: ['grey', 'blue'],
    nsfw: ['grey', 'red'],
  }

  describe('is not given out while the classifier', () => {
    const kill = (pid: number) => void process.kill(pid, 'SIGKILL')
    const stop = (pid: number) => void process.kill(pid, 'SIGSTOP')

    test.each([
      ['is killed', { onStart: kill }],
      ['hangs', { onStart: stop, startMs: 50 }],
    ])('%s', async (_, harm) => {
      await using broken = new ImageClassifier({ settings: classifier.settings, ...harm })
      await expectHeldBack(screenBy(broken), contentModes)
    })

    test('answers no number', async () => {
      const path = await writeColourClassifier(join(folder, 'brittle'), { kind: 'brittle' })
      await using brittle = new ImageClassifier({ settings: await readClassifierSettings(path) })
      await expectHeldBack(screenBy(brittle), contentModes, 'black')
    })

    test('is not there, of what must be looked at', async () => {
      await expectHeldBack(screenBy(undefined), ['nsfw'])
    })

    /** Looked at again later: it is paid for, and only we are at fault. */
    async function expectHeldBack(
      screen: PictureScreen,
      modes: readonly ContentMode[],
      colour: Colour = 'grey',
    ) {
      const { care, isStored, made, next } = await cared(screen, { colour })
      await using _ = care
      for (const contentMode of modes) {
        const { id } = await care.accept({ contentMode })
        const notes = () =>
          care.logged.filter(({ msg, jobId }) => msg === 'not stored yet' && jobId === id)
        await eventually(() => notes().length).toBe(1)
        expect(notes()[0]).toMatchObject({ error: { code: 'policy-check-failed' } })
        const row = await care.row(id)
        expect([row.finishedAt, row.result, await isStored(id)]).toEqual([null, null, false])
      }
      expect([made.submit, next.submit]).toEqual([modes.length, 0])
    }
  })

  test('is given out once the classifier is back, and was paid for once', async () => {
    let isDown = true
    const onStart = (pid: number) => {
      if (isDown) process.kill(pid, 'SIGKILL')
    }
    await using restored = new ImageClassifier({ settings: classifier.settings, onStart })
    const { care, made, isStored } = await cared(screenBy(restored), { colour: 'grey' })
    await using _ = care
    const { id } = await care.accept()
    await eventually(() => care.logged.some(({ msg }) => msg === 'not stored yet')).toBe(true)
    isDown = false
    await database.query(`update i2i.attempts set look_at = now() where job_id = $1`, [id])
    expect((await care.ended(id)).status).toBe('completed')
    expect([made.submit, await isStored(id)]).toEqual([1, true])
  })
})

describe('a reference', () => {
  const modify = async (care: CareTest, colour: Colour, contentMode: ContentMode = 'sfw') => {
    const reference = `${USER}/${colour}.png`
    const bytes = await png(colour, 1_500)
    await care.storage.put(`user-library/${reference}`, bytes, { contentType: 'image/png' })
    return await care.ended((await care.accept({ mode: 'modify', contentMode, reference })).id)
  }

  test('that may not be drawn from is sent to no provider', async () => {
    const asking = standIn('replicate')
    const sent: number[] = []
    const provider: typeof asking.provider = {
      ...asking.provider,
      async submit(order, options) {
        sent.push((await order.reference?.png())?.length ?? 0)
        return await asking.provider.submit(order, options)
      },
      look: async () => ({ kind: 'done', outputs: [`${server.origin}/grey`] }),
    }
    const care = await careTest({
      ...{ database, decoder, providers: [provider, standIn('fal-ai').provider] },
      parts: {
        pictureScreen: screenBy(classifier),
        outputRules: { privateOrigins: [server.origin] },
      },
    })
    await using _ = care
    care.start()
    expect((await modify(care, 'red')).failure?.code).toBe('policy-reference')
    expect((await modify(care, 'magenta')).failure?.code).toBe('policy-reference')
    expect(sent).toEqual([])
    expect((await modify(care, 'grey')).status).toBe('completed')
    expect(sent).toHaveLength(1)
  })
})
