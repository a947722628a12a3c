import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { link } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Failure } from '#contract'
import type { Progress } from '#pipeline/stages.ts'
import { createDeadlines } from './deadlines.ts'
import type { Engine } from './engine.ts'
import { isAlive, requestFor, SIDE, tinyCheckpoints, watchedEngine } from './tiny-engine.case.ts'

const checkpoint = tinyCheckpoints()

/** Far more evaluations than a test waits for. */
const long = () => requestFor('modify', { steps: 150, denoiseStrength: 1 })
const short = () => requestFor('modify', { steps: 2 })

describe('an engine, again and again', () => {
  const deadlines = createDeadlines({ first: 60_000, least: 2_000 })
  let engine: Engine
  let deaths: readonly Failure[]
  beforeAll(async () => {
    const watched = watchedEngine(await checkpoint(), { deadlines })
    engine = watched.engine
    deaths = watched.deaths
    await engine.run(await short())
  })
  afterAll(() => engine[Symbol.asyncDispose]())

  test('whose process finds no memory ends it, and runs the same job in the next', async () => {
    const [{ pid }, before] = [engine, deaths.length]
    expect(await engine.load()).toMatchObject({ vae: { tiled: false } })
    const request = await requestFor('txt2img', { steps: 1, guidanceScale: 1 }, 640)
    // What it has now and 8 MiB more, which the UNet at 640 pixels exceeds; the VAE has tiles to fall back on.
    const limit = virtualMemory(pid) + 8 * 2 ** 20
    execFileSync('prlimit', ['--pid', String(pid), `--as=${limit}`])
    const stages: string[] = []
    const onProgress = ({ stage, preview }: Progress) => void (preview || stages.push(stage))
    const retries: Failure[] = []
    const onRetry = (failure: Failure) => void retries.push(failure)
    expect((await engine.run(request, { onProgress, onRetry })).images).toHaveLength(1)
    expect(retries.map(({ code }) => code)).toEqual(['out-of-memory'])
    expect(stages).toEqual(['prompt', 'denoise', 'prompt', 'denoise', 'decode'])
    expect(isAlive(pid)).toBe(false)
    expect(deaths.slice(before).map(({ code }) => code)).toEqual(['out-of-memory'])
    expect(deaths.at(-1)?.message).toContain('ran out of memory in "denoise"')
    expect(await engine.load()).toMatchObject({ vae: { tiled: true } })
  })

  test('whose processes are killed in a run fails it after the second', async () => {
    const before = deaths.length
    const pids: unknown[] = []
    const run = engine.run(await long(), {
      onProgress: ({ done }) => {
        if (done !== 1) return
        pids.push(engine.pid)
        process.kill(engine.pid ?? Number.NaN, 'SIGKILL')
      },
    })
    await expect(run).rejects.toMatchObject({
      name: 'Failure',
      code: 'out-of-memory',
      retryable: true,
    })
    expect(new Set(pids).size).toBe(2)
    const codes = deaths.slice(before).map(({ code }) => code)
    expect(codes).toEqual(['out-of-memory', 'out-of-memory'])
    expect((await engine.run(await short())).images).toHaveLength(1)
  })

  test('whose process is killed in a run that is cancelled does not run that again', async () => {
    const before = deaths.length
    const controller = new AbortController()
    const done: number[] = []
    const run = engine.run(await long(), {
      signal: controller.signal,
      onProgress: (progress) => {
        done.push(progress.done)
        if (progress.done !== 1) return
        process.kill(engine.pid ?? Number.NaN, 'SIGKILL')
        controller.abort()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'cancelled' })
    expect(deaths).toHaveLength(before + 1)
    await engine.run(await short())
    expect(done.filter((count) => count === 1)).toHaveLength(1)
  })

  test('whose process hangs stops it, and gives the next no longer', async () => {
    const [{ pid }, before] = [engine, deaths.length]
    const run = engine.run(await long(), signalAfterOne(pid, 'SIGSTOP'))
    await expect(run).rejects.toMatchObject({
      code: 'engine-hung',
      message: 'The engine made no progress in "denoise" and was stopped.',
    })
    expect(isAlive(pid)).toBe(false)
    // Ten times the slowest that ended: the one that hung took two seconds at least.
    expect(deadlines.of(`denoise at ${SIDE}×${SIDE}`)).toBeLessThan(20_000)
    // What a process has to open first is not held against it, nor is the size.
    expect(deadlines.of('denoise at 1024×1024')).toBe(60_000)
    expect(deaths.slice(before).map(({ code }) => code)).toEqual(['engine-hung'])
    expect((await engine.run(await short())).images).toHaveLength(1)
  })

  test('whose process crashes between two runs has another before it is needed', async () => {
    const [{ pid }, before] = [engine, deaths.length]
    process.kill(pid ?? Number.NaN, 'SIGSEGV')
    await expect.poll(() => deaths.length, { timeout: 20_000 }).toBe(before + 1)
    expect(deaths.at(-1)).toMatchObject({ code: 'engine-crashed', retryable: true })
    expect(deaths.at(-1)?.message).toContain('SIGSEGV')
    expect(isAlive(engine.pid)).toBe(true)
    expect(engine.pid).not.toBe(pid)
    expect((await engine.memory()).resident).toBeGreaterThan(0)
    // As every life since memory ran out.
    expect(await engine.load()).toMatchObject({ vae: { tiled: true } })
  })
})

test('a checkpoint that is not there fails to load once, and is opened when it appears', async () => {
  const path = await checkpoint()
  const later = join(dirname(path), 'later.safetensors')
  const { engine, deaths } = watchedEngine(later)
  onTestFinished(() => engine[Symbol.asyncDispose]())
  const failure = await engine.load().catch((error) => error)
  expect(failure).toMatchObject({ name: 'Failure', code: 'checkpoint-invalid' })
  expect(failure.message).toContain(later)
  expect(engine.pid).toBe(undefined)
  // A loop would have begun another process by now.
  await sleep(100)
  expect([engine.pid, deaths]).toEqual([undefined, []])
  await link(path.replace('.safetensors', '.json'), later.replace('.safetensors', '.json'))
  await link(path, later)
  expect((await engine.run(await short())).images).toHaveLength(1)
  // Nothing says that memory was short.
  expect(await engine.load()).toMatchObject({ vae: { tiled: false } })
})

/** Sends a process a signal once a run in it has evaluated the UNet. */
const signalAfterOne = (pid: number | undefined, signal: NodeJS.Signals) => ({
  onProgress: ({ done }: Progress) => {
    if (done === 1) process.kill(pid ?? Number.NaN, signal)
  },
})

function virtualMemory(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmSize:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}
