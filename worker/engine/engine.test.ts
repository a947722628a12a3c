import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { generate } from '#pipeline/generate.ts'
import type { Networks } from '#pipeline/networks.ts'
import type { Progress } from '#pipeline/stages.ts'
import type { Engine } from './engine.ts'
import { openNetworks } from './open-networks.ts'
import { isAlive, requestFor, SIDE, tinyCheckpoints, watchedEngine } from './tiny-engine.case.ts'

const checkpoint = tinyCheckpoints()

describe('an engine on the tiny SDXL', () => {
  let engine: Engine
  let networks: Networks & AsyncDisposable
  beforeAll(async () => {
    const path = await checkpoint()
    engine = watchedEngine(path).engine
    await engine.warmUp()
    networks = await openNetworks(await openCheckpoint(path), { device: 'cpu', threads: 1 })
  })
  afterAll(() => networks[Symbol.asyncDispose]())

  test('says what it opened and where it runs', async () => {
    expect(await engine.load()).toEqual({
      checkpoint: await checkpoint(),
      device: 'cpu',
      nativeSize: SIDE,
      pixelsPerLatent: 8,
      vae: { precision: 'float32', tiled: false },
    })
  })

  test.each([
    ['modify', 12, 1.3318],
    ['copy', 1, 0.0413],
    ['txt2img', 25, 11.676],
  ] as const)(
    '%s on a photograph is the picture that the pipeline makes',
    async (mode, of, sigma) => {
      const request = await requestFor(mode)
      const { images, effective } = await engine.run(request)
      const here = await generate(networks, request)
      expect(request.evaluations).toBe(of)
      expect(effective).toEqual(here.effective)
      expect(effective.startingSigma).toBeCloseTo(sigma, 3)
      expect(images).toEqual(here.images)
      const [first] = images
      expect(first?.image).toMatchObject({ width: SIDE, height: SIDE })
      expect(first?.image.data).toHaveLength(SIDE * SIDE * 3)
      expect(first?.image.data).not.toEqual(request.reference?.data)
    },
  )

  test('makes the same picture of the same seed, and another of another', async () => {
    const request = await requestFor('modify', { steps: 4 })
    const [once, again] = [await engine.run(request), await engine.run(request)]
    expect(again.images).toEqual(once.images)
    const other = await engine.run({ ...request, seed: 8 })
    expect(other.images[0]?.image.data).not.toEqual(once.images[0]?.image.data)
  })

  test('makes of a job of two the pictures that the two seeds make alone', async () => {
    const scheduler = 'euler_ancestral'
    const both = await engine.run(await requestFor('modify', { steps: 4, images: 2, scheduler }))
    const alone = await engine.run(await requestFor('modify', { steps: 4, seed: 8, scheduler }))
    expect(both.images.map(({ seed }) => seed)).toEqual([7, 8])
    expect(both.images[1]).toEqual(alone.images[0])
    expect(both.images[0]?.image.data).not.toEqual(alone.images[0]?.image.data)
  })

  test('reports every evaluation, with a preview of the latents’ size', async () => {
    const seen: Progress[] = []
    const request = await requestFor('modify', { steps: 6, images: 2 })
    await engine.run(request, { onProgress: (progress) => seen.push(progress) })
    const stages = seen.filter(({ preview }) => !preview).map(({ stage, image }) => [stage, image])
    expect(stages).toEqual([
      ['prompt', 0],
      ['encode', 0],
      ['denoise', 0],
      ['decode', 0],
      ['denoise', 1],
      ['decode', 1],
    ])
    const evaluations = seen.filter(({ preview }) => preview)
    expect(evaluations.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6])
    expect(evaluations.map(({ image }) => image)).toEqual([0, 0, 0, 1, 1, 1])
    expect(seen.every(({ of }) => of === 6)).toBe(true)
    for (const { preview } of evaluations) {
      expect(preview).toMatchObject({ width: SIDE / 8, height: SIDE / 8 })
      expect(new Set(preview?.data).size).toBeGreaterThan(8)
    }
  })

  test('ends an aborted run after the evaluation it is in, and runs the next job', async () => {
    const { pid } = engine
    const controller = new AbortController()
    const done: number[] = []
    const run = engine.run(await requestFor('modify', { steps: 150, denoiseStrength: 1 }), {
      signal: controller.signal,
      onProgress: (progress) => {
        done.push(progress.done)
        if (progress.done === 3) controller.abort()
      },
    })
    await expect(run).rejects.toMatchObject({ name: 'Failure', code: 'cancelled' })
    // One evaluation may be over before the word arrives.
    expect(done.at(-1)).toBeLessThan(10)
    const next = await engine.run(await requestFor('modify', { steps: 2 }))
    expect(next.images).toHaveLength(1)
    expect(engine.pid).toBe(pid)
  })

  test('does not begin a run that was aborted while it waited', async () => {
    const controller = new AbortController()
    const first = engine.run(await requestFor('modify', { steps: 4 }))
    const seen: Progress[] = []
    const second = engine.run(await requestFor('modify', { steps: 4 }), {
      signal: controller.signal,
      onProgress: (progress) => seen.push(progress),
    })
    controller.abort()
    await expect(second).rejects.toMatchObject({ code: 'cancelled' })
    expect((await first).images).toHaveLength(1)
    expect(seen).toEqual([])
  })

  test('leaves the event loop of its parent free', async () => {
    const begun = performance.now()
    const ticks = [begun]
    const timer = setInterval(() => ticks.push(performance.now()), 10)
    await engine.run(await requestFor('modify', { steps: 30, denoiseStrength: 1 }))
    clearInterval(timer)
    const gaps = ticks.slice(1).map((tick, i) => tick - (ticks[i] ?? 0))
    expect(gaps.length).toBeGreaterThan(5)
    expect(Math.max(...gaps)).toBeLessThan((performance.now() - begun) / 2)
  })

  test('runs what is asked at once one after the other', async () => {
    const order: string[] = []
    const request = await requestFor('modify', { steps: 4 })
    const run = (name: string) =>
      engine.run(request, {
        onProgress: ({ stage, done }) => order.push(`${name} ${stage} ${done}`),
      })
    const [a, b] = await Promise.all([run('a'), run('b')])
    expect(b.images).toEqual(a.images)
    expect(order.map((line) => line[0]).join('')).toMatch(/^a+b+$/)
    expect(order.filter((line) => line.endsWith('denoise 2'))).toHaveLength(2)
  })

  test('tells how much memory its process has', async () => {
    const { resident, peakResident } = await engine.memory()
    expect(resident).toBeGreaterThan(2 ** 26)
    expect(peakResident).toBeGreaterThanOrEqual(resident * 0.9)
    expect(peakResident).toBeLessThan(2 ** 36)
  })

  test('ends its process when it is disposed of, and refuses what is asked then', async () => {
    const { pid } = engine
    expect(isAlive(pid)).toBe(true)
    await engine[Symbol.asyncDispose]()
    expect([isAlive(pid), engine.pid]).toEqual([false, undefined])
    await expect(engine.load()).rejects.toMatchObject({ code: 'cancelled' })
    await expect(engine.memory()).rejects.toMatchObject({ code: 'cancelled' })
  })
})

test('disposing while a run is going on cancels it and ends the process', async () => {
  const { engine, deaths } = watchedEngine(await checkpoint())
  const request = await requestFor('modify', { steps: 150, denoiseStrength: 1 })
  const waiting = await new Promise<Promise<unknown>[]>((resolve) => {
    const runs = [
      engine.run(request, { onProgress: ({ done }) => done === 1 && resolve(runs) }),
      engine.run(request),
    ]
  })
  const { pid } = engine
  const outcomes = Promise.allSettled(waiting)
  expect(isAlive(pid)).toBe(true)
  await engine[Symbol.asyncDispose]()
  expect(isAlive(pid)).toBe(false)
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } })
  }
  expect(deaths).toEqual([])
})
