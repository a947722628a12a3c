import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as macrotask, setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Failure } from '#contract'
import { writeTinyQwen } from '#models/tokenizers/tiny-qwen.case.ts'
import { createDeadlines } from '#worker/engine/deadlines.ts'
import { Enhancer, type EnhancerOptions } from './enhancer.ts'
import { makeOverflow } from './make-overflow.case.ts'
import type { QwenPlace } from './messages.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-enhancer-'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

const placeAt = (path: string, more: Partial<QwenPlace> = {}): QwenPlace => ({
  ...{ path, weights: 'auto', device: 'cpu', threads: 1 },
  ...more,
})

const request = { prefix: 'Idea: x\n', text: 'Idea: a cat', maxNewTokens: 16, stop: '\n' } as const
const never = new AbortController().signal

/** One that is ended with the test, and what it told. */
function enhancerAt(path: string, more: Partial<EnhancerOptions> = {}) {
  const told = { ready: 0, away: [] as Failure[], shares: [] as number[] }
  const enhancer = new Enhancer({
    place: placeAt(path),
    onReady: () => void told.ready++,
    onAway: (failure) => void told.away.push(failure),
    onRounded: (share) => void told.shares.push(share),
    ...more,
  })
  onTestFinished(() => enhancer[Symbol.asyncDispose]())
  return { enhancer, told }
}

async function loaded(path: string, more: Partial<EnhancerOptions> = {}) {
  const made = enhancerAt(path, more)
  made.enhancer.load(await made.enhancer.check())
  await until(() => made.enhancer.health.available)
  return made
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5)
}

describe('an enhancer', () => {
  test('says that it loads until texts can be had', async () => {
    const { enhancer, told } = enhancerAt(await writeTinyQwen(folder))
    const info = await enhancer.check()
    expect(info).toMatchObject({ device: 'cpu', weights: 'full', template: 'base' })
    expect(enhancer.absence).toBe('loading')
    await expect(enhancer.complete(request, never)).rejects.toThrow('Qwen 2.5 is loading')
    enhancer.load(info)
    await until(() => enhancer.health.available)
    const { text, tokens } = await enhancer.complete(request, never)
    expect([text.length > 0, tokens <= 16, told.ready]).toEqual([true, true, 1])
  })

  test('in four bits rounds them once, and writes much the same', async () => {
    const path = await writeTinyQwen(folder)
    const place = placeAt(path, { weights: '4bit' })
    const { enhancer, told } = await loaded(path, { place })
    expect(told.shares.at(-1)).toBe(1)
    expect((await enhancer.complete(request, never)).tokens).toBeGreaterThan(0)
    const second = await loaded(path, { place })
    expect(second.told.shares).toEqual([])
  })

  test('killed in a text fails that alone, and writes the next in another process', async () => {
    const { enhancer, told } = await loaded(await writeTinyQwen(folder))
    const writing = enhancer.complete({ ...request, maxNewTokens: 64 }, never)
    const failed = expect(writing).rejects.toMatchObject({ code: 'out-of-memory' })
    const { pid } = enhancer
    process.kill(pid ?? Number.NaN, 'SIGSTOP')
    process.kill(pid ?? Number.NaN, 'SIGKILL')
    await failed
    await until(() => told.ready === 2)
    expect(enhancer.pid).not.toBe(pid)
    expect(told.away.map(({ code }) => code)).toEqual(['out-of-memory'])
    expect((await enhancer.complete(request, never)).text).not.toBe('')
  })

  test('that hangs is let go by whoever does not wait, and ended by its watchdog alone', async () => {
    const deadlines = createDeadlines({ first: 60_000, least: 1_000 })
    const { enhancer, told } = await loaded(await writeTinyQwen(folder), { deadlines })
    const { pid } = enhancer
    process.kill(pid ?? Number.NaN, 'SIGSTOP')
    const late = new AbortController()
    const writing = enhancer.complete(request, late.signal)
    const next = enhancer.complete(request, late.signal)
    // The first has been sent by then.
    await macrotask()
    late.abort(new DOMException('It took too long.', 'TimeoutError'))
    await expect(writing).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(next).rejects.toMatchObject({ name: 'TimeoutError' })
    expect([told.away, enhancer.pid]).toEqual([[], pid])
    await until(() => told.ready === 2)
    expect(told.away.map(({ code }) => code)).toEqual(['engine-hung'])
  })

  test('that ends again and again rests longer each time, until it has written', async () => {
    const ends: number[] = []
    const restMs = (count: number) => {
      ends.push(count)
      return 0
    }
    const { enhancer, told } = await loaded(await writeTinyQwen(folder), { restMs })
    for (const ready of [2, 3]) {
      process.kill(enhancer.pid ?? Number.NaN, 'SIGKILL')
      await until(() => told.ready === ready)
    }
    await enhancer.complete(request, never)
    process.kill(enhancer.pid ?? Number.NaN, 'SIGKILL')
    await until(() => told.ready === 4)
    expect(ends).toEqual([1, 2, 1])
  })

  test('whose numbers overflow is unfit, for good, and has no process any more', async () => {
    const path = await writeTinyQwen(folder)
    await makeOverflow(path)
    const { enhancer, told } = enhancerAt(path)
    enhancer.load(await enhancer.check())
    await until(() => enhancer.absence === 'unfit')
    expect(told.away).toMatchObject([{ code: 'checkpoint-unsupported' }])
    expect([enhancer.pid, told.ready]).toEqual([undefined, 0])
    expect(enhancer.health.why).toContain('overflow here')
    await expect(enhancer.complete(request, never)).rejects.toThrow('overflow here')
  })
})

test('what will not do is refused at the start, and leaves no process', async () => {
  const { enhancer, told } = enhancerAt(join(folder, 'nowhere'))
  await expect(enhancer.check()).rejects.toThrow(/No folder can be read at .*: name the folder/)
  expect([enhancer.pid, told.away]).toEqual([undefined, []])
})
