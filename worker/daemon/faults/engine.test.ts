import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Failure, memoryQueue } from '#contract'
import type { Progress } from '#pipeline/stages.ts'
import { createDeadlines } from '#worker/engine/deadlines.ts'
import type { Engine } from '#worker/engine/engine.ts'
import { isAlive, tinyCheckpoints, watchedEngine } from '#worker/engine/tiny-engine.case.ts'
import { type Draw, drawOn } from '../draw.ts'
import { type LoopState, runLoop } from '../loop/loop.ts'
import { idOf, type TestWorkshop, testWorkshop, txt2img } from '../workshop.case.ts'

const checkpoint = tinyCheckpoints()
const LEASE_MS = 1_500

const short = (id: string) => txt2img(id, { config: { num_inference_steps: 3 } })

describe('an engine’s process in a worker’s loop', () => {
  let engine: Engine
  let deaths: readonly Failure[]
  let made: TestWorkshop
  beforeAll(async () => {
    const deadlines = createDeadlines({ first: 60_000, least: 2_500 })
    const watched = watchedEngine(await checkpoint(), { deadlines })
    engine = watched.engine
    deaths = watched.deaths
    made = await testWorkshop()
    // What was seen to end has a deadline of its own from then on.
    for (let life = 0; life < 2; life++) await engine.warmUp()
  })
  afterAll(async () => {
    await engine[Symbol.asyncDispose]()
    await made[Symbol.asyncDispose]()
  })

  /** Runs jobs; `harm` meets each of the engine's signs of life in the first. */
  function start(harm: (progress: Progress, pid: number) => void) {
    const settings = { leaseMs: LEASE_MS, blockMs: 100, backoff: { baseMs: 20, mostMs: 20 } }
    const queue = memoryQueue({ settings, idOf })
    const [drain, kill] = [new AbortController(), new AbortController()]
    const ended: unknown[] = []
    const gaps: number[] = []
    let state: (() => LoopState) | undefined
    let isFirst = true
    const drawing = drawOn(engine)
    const draw: Draw = (order, watch) => {
      const isHarmed = isFirst
      isFirst = false
      return drawing(order, {
        ...watch,
        onProgress(progress) {
          watch.onProgress(progress)
          if (isHarmed) harm(progress, engine.pid ?? Number.NaN)
        },
      })
    }
    const done = runLoop({
      ...{ queue, worker: queue.worker('a'), workshop: { ...made.workshop, draw } },
      ...{ drain: drain.signal, kill: kill.signal, beatMs: 100 },
      onEnded: ({ outcome, code }) => ended.push(code ? [outcome, code] : outcome),
      onState: (ask) => {
        state = ask
      },
    })
    // Whoever else looks at the queue would take over what is not beaten for.
    let swept = 0
    const sweeping = setInterval(async () => {
      gaps.push(state?.().sinceBeat ?? 0)
      swept += (await queue.sweep()).requeued
    }, 50)
    onTestFinished(async () => {
      clearInterval(sweeping)
      drain.abort()
      kill.abort()
      await done
    })
    return {
      queue,
      ended,
      swept: () => swept,
      longestGap: () => Math.max(...gaps),
    }
  }

  const all = (loop: { readonly ended: readonly unknown[] }, expected: readonly unknown[]) =>
    expect.poll(() => loop.ended, { timeout: 30_000 }).toEqual(expected)
  const once = (stage: Progress['stage'], act: (pid: number) => void) => {
    let isDone = false
    return (progress: Progress, pid: number) => {
      if (isDone || progress.stage !== stage) return
      isDone = true
      act(pid)
    }
  }

  it('that aborts in a job costs an attempt, and the next process draws that job and its neighbour (F17, A15)', async () => {
    const before = deaths.length
    const loop = start(once('denoise', (pid) => process.kill(pid, 'SIGABRT')))
    for (const id of ['1', '2']) await loop.queue.push(short(id))
    await all(loop, [['delayed', 'engine-crashed'], 'completed', 'completed'])
    expect(deaths.slice(before).map(({ code }) => code)).toEqual(['engine-crashed'])
    expect(await loop.queue.job('1')).toMatchObject({ status: 'completed', attempts: 1, stalls: 0 })
    expect(await loop.queue.job('2')).toMatchObject({ status: 'completed', attempts: 0, fence: 1 })
    expect(loop.swept()).toBe(0)
    expect(loop.longestGap()).toBeLessThan(LEASE_MS)
  })

  it('that stands still is ended, and its job kept by beats meanwhile, though its lease is shorter (F16, A15)', async () => {
    const [before, { pid }] = [deaths.length, engine]
    const loop = start(once('denoise', (one) => process.kill(one, 'SIGSTOP')))
    const memory = process.memoryUsage().rss
    await loop.queue.push(short('1'))
    await all(loop, [['delayed', 'engine-hung'], 'completed'])
    expect(deaths.slice(before).map(({ code }) => code)).toEqual(['engine-hung'])
    expect(isAlive(pid)).toBe(false)
    expect(await loop.queue.job('1')).toMatchObject({ status: 'completed', attempts: 1, stalls: 0 })
    expect(loop.swept()).toBe(0)
    expect(loop.longestGap()).toBeLessThan(LEASE_MS)
    expect(process.memoryUsage().rss - memory).toBeLessThan(200e6)
  })
})
