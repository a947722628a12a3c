import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Draw, DrawWatch, Order } from '../draw.ts'
import { drawnAs } from '../workshop.case.ts'
import { createHandOver } from './hand-over.ts'

const size = { width: 8, height: 8 }
const order: Order = {
  planned: {
    ...{ mode: 'txt2img', prompt: '', negativePrompt: null, promptSyntax: 'none', seed: 0 },
    ...{ windows: undefined, denoiseStrength: 1, steps: 1, evaluations: 1, networkRuns: 1 },
    ...{ guidanceScale: 1, guidanceInterval: [0, 1], scheduler: 'euler', images: 1 },
  },
  ...{ drawn: size, delivered: size, loras: [] },
}
const watch: DrawWatch = { signal: new AbortController().signal, onProgress: () => {} }

/** An engine whose every sign of life is ours to give. */
function engine() {
  let begin = () => {}
  let end = () => {}
  const draw: Draw = (order, { onProgress }) => {
    begin = () => onProgress({ stage: 'prompt', image: 0, done: 0, of: 1 })
    return new Promise((resolve) => {
      end = () => resolve(drawnAs(order))
    })
  }
  return { draw, begin: () => begin(), end: () => end() }
}

/** Whether it is settled by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  return await Promise.race([promise.then(() => true), sleep(20, false)])
}

it('holds nobody up where no order follows', async () => {
  expect(await isDone(createHandOver().done())).toBe(true)
})

it('waits until the order that has just begun has arrived, not until it is drawn', async () => {
  const { draw, begin, end } = engine()
  const handOver = createHandOver()
  const drawn = handOver.watch(draw)(order, watch)
  const done = handOver.done()
  expect(await isDone(done)).toBe(false)
  begin()
  expect(await isDone(done)).toBe(true)
  end()
  expect((await drawn).images).toHaveLength(1)
})

it('sees an order that begins in the same turn of the event loop as the last one ends', async () => {
  const { draw, begin, end } = engine()
  const handOver = createHandOver()
  const watched = handOver.watch(draw)
  const done = handOver.done()
  const drawn = Promise.resolve().then(() => watched(order, watch))
  expect(await isDone(done)).toBe(false)
  begin()
  expect(await isDone(done)).toBe(true)
  end()
  await drawn
})

it('passes progress on', async () => {
  const { draw, begin, end } = engine()
  const stages: string[] = []
  const onProgress: DrawWatch['onProgress'] = ({ stage }) => void stages.push(stage)
  const drawn = createHandOver().watch(draw)(order, { ...watch, onProgress })
  begin()
  end()
  await drawn
  expect(stages).toEqual(['prompt'])
})

it('does not wait for an engine that fails, nor for long for one that is silent', async () => {
  const failing = createHandOver()
  const failed = failing.watch(async () => {
    throw new Error('no memory')
  })(order, watch)
  await expect(failed).rejects.toThrow('no memory')
  expect(await isDone(failing.done())).toBe(true)

  const { draw, end } = engine()
  const silent = createHandOver()
  const drawn = silent.watch(draw)(order, watch)
  const began = performance.now()
  await silent.done()
  expect(performance.now() - began).toBeGreaterThan(200)
  end()
  await drawn
})
