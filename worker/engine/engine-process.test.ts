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
import { isAlive, requestFor, tinyCheckpoints, watchedEngine } from './tiny-engine.case.ts'

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

  test('whose process finds no memory says so, and gives it back with the process', async () => {
    const [{ pid }, before] = [engine, deaths.length]
    // What it has now and 100 MiB more: one convolution at 1024 pixels asks for 128.
    const limit = virtualMemory(engine.pid) + 100 * 2 ** 20
    execFileSync('prlimit', ['--pid', String(engine.pid), `--as=${limit}`])
    const run = engine.run(await requestFor('modify', { steps: 2 }, 1024))
    await expect(run).rejects.toMatchObject({ code: 'out-of-memory', retryable: true })
    expect((await engine.run(await short())).images).toHaveLength(1)
    expect(engine.pid).not.toBe(pid)
    expect(deaths.slice(before).map(({ code }) => code)).toEqual(['out-of-memory'])
  })

  test('whose process is killed in a run fails that run, and runs the next in another', async () => {
    const [{ pid }, before] = [engine, deaths.length]
    const run = engine.run(await long(), signalAfterOne(pid, 'SIGKILL'))
    await expect(run).rejects.toMatchObject({ name: 'Failure', code: 'out-of-memory' })
    expect(deaths.slice(before).map(({ code }) => code)).toEqual(['out-of-memory'])
    expect((await engine.run(await short())).images).toHaveLength(1)
    expect(engine.pid).not.toBe(pid)
    expect(deaths).toHaveLength(before + 1)
  })

  test('whose process hangs stops it, and gives the next no longer', async () => {
    const [{ pid }, before] = [engine, deaths.length]
    const run = engine.run(await long(), signalAfterOne(pid, 'SIGSTOP'))
    await expect(run).rejects.toMatchObject({
      code: 'engine-hung',
      message: 'The engine made no progress in "denoise" and was stopped.',
    })
    expect(isAlive(pid)).toBe(false)
    expect(deadlines.of('denoise')).toBe(2_000)
    expect(deaths.slice(before).map(({ code }) => code)).toEqual(['engine-hung'])
    expect((await engine.run(await short())).images).toHaveLength(1)
  })

  test('whose process crashes between two runs has another before it is needed', async () => {
    const [{ pid }, before] = [engine, deaths.length]
    process.kill(pid ?? 0, 'SIGSEGV')
    await expect.poll(() => deaths.length, { timeout: 20_000 }).toBe(before + 1)
    expect(deaths.at(-1)).toMatchObject({ code: 'engine-crashed', retryable: true })
    expect(deaths.at(-1)?.message).toContain('SIGSEGV')
    expect(isAlive(engine.pid)).toBe(true)
    expect(engine.pid).not.toBe(pid)
    expect((await engine.memory()).resident).toBeGreaterThan(0)
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
})

/** Sends a process a signal once a run in it has evaluated the UNet. */
const signalAfterOne = (pid: number | undefined, signal: NodeJS.Signals) => ({
  onProgress: ({ done }: Progress) => {
    if (done === 1) process.kill(pid ?? 0, signal)
  },
})

function virtualMemory(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmSize:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}
