import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ColourClassifier, picture, writeColourClassifier } from './colour-classifier.case.ts'
import { ImageClassifier, type ImageClassifierOptions } from './image-classifier.ts'
import { readClassifierSettings } from './settings.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-classifier-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function open(
  name: string,
  how: ColourClassifier = {},
  options: Partial<ImageClassifierOptions> = {},
) {
  const settings = await readClassifierSettings(
    await writeColourClassifier(join(folder, name), how),
  )
  return new ImageClassifier({ settings, ...options })
}

const isGone = (pid: number | undefined) => {
  try {
    return !process.kill(pid ?? Number.NaN, 0)
  } catch {
    return true
  }
}

describe('a classifier', () => {
  it('scores pictures of any size by what they show, in one process', async () => {
    await using classifier = await open('sound')
    const [red] = await classifier.classify(picture('red', 200))
    expect(red?.map((score) => Math.round(score * 100) / 100)).toEqual([1, 0.01, 0.5])
    const { pid } = classifier
    const both = await Promise.all([
      classifier.classify(picture('blue', 3)),
      classifier.classify(picture('grey', 1_000)),
    ])
    expect(both.map(([scores]) => scores?.map(Math.round))).toEqual([
      [0, 1, 1],
      [0, 0, 1],
    ])
    expect(classifier.pid).toBe(pid)
  })

  it('asks several networks, each in its own way', async () => {
    const settings = await readClassifierSettings(await writeColourClassifier(join(folder, 'two')))
    const [network] = settings.networks
    if (!network) throw new Error('there is none')
    const { input } = network
    const turned = { ...network, input: { ...input, channels: 'bgr' as const } }
    await using classifier = new ImageClassifier({
      settings: { ...settings, networks: [network, turned] },
    })
    const scores = await classifier.classify(picture('red'))
    expect(scores.map((each) => each.map(Math.round))).toEqual([
      [1, 0, 1],
      [0, 1, 1],
    ])
  })

  it('leaves no process behind', async () => {
    const classifier = await open('left')
    await classifier.classify(picture('grey'))
    const { pid } = classifier
    const waiting = Promise.allSettled([0, 1].map(() => classifier.classify(picture('grey'))))
    await classifier[Symbol.asyncDispose]()
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect.poll(() => isGone(pid)).toBe(true)
    await expect(classifier.classify(picture('grey'))).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('there is no score', () => {
  const failed = (message: string) => ({ code: 'policy-check-failed', message })

  it('where its process dies; the next picture has another', async () => {
    const doomed = new Set<number>()
    let isDeadly = true
    const onStart = (pid: number) => {
      doomed.add(pid)
      if (isDeadly) process.kill(pid, 'SIGKILL')
    }
    await using classifier = await open('killed', {}, { onStart })
    for (let i = 0; i < 2; i++) {
      await expect(classifier.classify(picture('grey'))).rejects.toMatchObject(
        failed('The image classifier failed: the process ended (SIGKILL).'),
      )
    }
    isDeadly = false
    await expect(classifier.classify(picture('grey'))).resolves.toHaveLength(1)
    expect(doomed.size).toBe(3)
    // It has the picture, and dies of it.
    process.kill(classifier.pid ?? Number.NaN, 'SIGSTOP')
    const dying = classifier.classify(picture('grey'))
    await new Promise(setImmediate)
    process.kill(classifier.pid ?? Number.NaN, 'SIGKILL')
    await expect(dying).rejects.toMatchObject({ code: 'policy-check-failed' })
  })

  it('where it does not answer in time, which ends it', async () => {
    const late = { settings: { deadlineMs: 1_500 } }
    await using classifier = await open('hung', late)
    await classifier.classify(picture('grey'))
    const { pid } = classifier
    process.kill(pid ?? Number.NaN, 'SIGSTOP')
    await expect(classifier.classify(picture('grey'))).rejects.toMatchObject(
      failed('The image classifier failed: it did not answer within 1.5 s.'),
    )
    await expect(classifier.classify(picture('grey'))).resolves.toHaveLength(1)
    await expect.poll(() => isGone(pid)).toBe(true)
  })

  it('where it does not start in time', async () => {
    const onStart = (pid: number) => void process.kill(pid, 'SIGSTOP')
    await using classifier = await open('frozen', {}, { startMs: 100, onStart })
    await expect(classifier.classify(picture('grey'))).rejects.toMatchObject(
      failed('The image classifier failed: it did not open its networks within 0.1 s.'),
    )
  })

  it('where what it puts out is no number, for one picture or for all', async () => {
    await using brittle = await open('brittle', { kind: 'brittle' })
    await expect(brittle.classify(picture('grey'))).resolves.toHaveLength(1)
    await expect(brittle.classify(picture('black'))).rejects.toMatchObject({
      message: expect.stringMatching(/colours\.onnx: its score for nsfw is NaN, and not from 0/),
    })
    const logits = { network: { activation: 'none' } }
    await using raw = await open('raw', logits)
    await expect(raw.classify(picture('red'))).rejects.toThrow('its score for nsfw is 15,')
    const sums = { network: { activation: 'softmax' } }
    await using whole = await open('whole', sums)
    const [scores = []] = await whole.classify(picture('red'))
    expect(scores.reduce((sum, score) => sum + score)).toBeCloseTo(1, 6)
  })

  it('where the settings are not those of the network', async () => {
    const four = { labels: ['nsfw', 'minor', 'plain', 'other'] }
    await using labelled = await open('labels', { network: four })
    await expect(labelled.classify(picture('grey'))).rejects.toThrow(
      'it puts out 3 numbers for 4 labels',
    )
    const input = { width: 16, height: 16, mean: [0, 0, 0], std: [1, 1, 1] }
    await using sized = await open('sized', { network: { input } })
    await expect(sized.classify(picture('grey'))).rejects.toMatchObject({
      code: 'policy-check-failed',
    })
  })

  it('where the file is no network', async () => {
    const classifier = await open('text')
    await writeFile(join(folder, 'text', 'colours.onnx'), 'not a network')
    await using _ = classifier
    await expect(classifier.classify(picture('grey'))).rejects.toThrow(/text\/colours\.onnx: /)
  })

  it('for whoever does not wait for it any more', async () => {
    await using classifier = await open('cancelled')
    await classifier.classify(picture('grey'))
    const controller = new AbortController()
    process.kill(classifier.pid ?? Number.NaN, 'SIGSTOP')
    const [running, waiting] = [0, 1].map(() =>
      classifier.classify(picture('grey'), controller.signal),
    )
    // The one has begun by then.
    await new Promise(setImmediate)
    controller.abort()
    await expect(running).rejects.toMatchObject({ code: 'cancelled' })
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    await expect(classifier.classify(picture('grey'))).resolves.toHaveLength(1)
  })
})
