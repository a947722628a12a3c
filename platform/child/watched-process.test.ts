import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Failure } from '#contract'
import { typescriptLoader } from '../typescript-loader.ts'
import { actor, isGone, type WatchedActor, type Watching } from './watched-actor.case.ts'

/** One that is ended with the test. */
function started(options?: Watching): WatchedActor {
  const watched = actor(options)
  onTestFinished(() => watched.end())
  return watched
}

describe('a process', () => {
  const begun: string[] = []
  const took: string[] = []
  let watched: WatchedActor
  beforeAll(() => {
    watched = actor({
      env: { ONLY: 'this' },
      deadlineOf(stage) {
        begun.push(stage)
        const late = () => new Failure('internal', 'nothing here is late')
        return { milliseconds: 60_000, late, took: () => void took.push(stage) }
      },
    })
  })
  beforeEach(() => {
    begun.length = took.length = 0
  })
  afterAll(() => watched.end())

  test('answers one command after the other, and sees of the environment what it is given', async () => {
    const seen = await watched.send({ kind: 'environment' })
    expect(seen.filter((name) => !name.startsWith('NODE_CHANNEL'))).toEqual(['ONLY'])
    const bytes = new Uint8Array(300_000).fill(7)
    expect(await watched.send({ kind: 'echo', bytes })).toEqual(bytes)
  })

  test('says how far it is, and each stage has its own deadline', async () => {
    const told: number[] = []
    const onProgress = (at: number) => void told.push(at)
    expect(await watched.send({ kind: 'count', to: 3 }, { onProgress })).toBe(3)
    expect(told).toEqual([1, 2, 3])
    expect(begun).toEqual(['count', 'number 1', 'number 2', 'number 3'])
    expect(took).toEqual(begun)
  })

  test('that fails says why, and does the next', async () => {
    await expect(watched.send({ kind: 'fail', code: 'image-unreadable' })).rejects.toMatchObject({
      name: 'Failure',
      code: 'image-unreadable',
      message: 'It was told to.',
    })
    await expect(watched.send({ kind: 'throw' })).rejects.toMatchObject({
      code: 'internal',
      message: 'a mistake',
    })
    expect(await watched.send({ kind: 'count', to: 0 })).toBe(0)
  })

  test('is told when nobody wants its answer any more', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const onProgress = () => controller.abort()
    expect(await watched.send({ kind: 'untilCancelled' }, { signal, onProgress })).toBe('cancelled')
    // Before it has begun, as well.
    expect(await watched.send({ kind: 'untilCancelled' }, { signal })).toBe('cancelled')
    expect(watched.isAlive).toBe(true)
  })

  test('that says what is no message is not heard', async () => {
    expect(await watched.send({ kind: 'babble' })).toBe('sense')
  })
})

describe('a process that ends', () => {
  test('by itself fails its command with how, and what it said last', async () => {
    const watched = started()
    const lastWords = 'first\nlast\n'
    const dying = watched.send({ kind: 'die', lastWords })
    const failure = { code: 'engine-crashed', message: 'exit 3: last' }
    await expect(dying).rejects.toMatchObject(failure)
    await expect(watched.death).resolves.toMatchObject(failure)
    expect(watched.isAlive).toBe(false)
    await expect(watched.send({ kind: 'environment' })).rejects.toMatchObject(failure)
  })

  test('in its start fails what it was sent', async () => {
    const watched = started({ program: new URL('./nowhere.ts', import.meta.url) })
    await expect(watched.send({ kind: 'environment' })).rejects.toMatchObject({
      code: 'engine-crashed',
      message: expect.stringMatching(/^exit 1: /),
    })
  })

  test('by a signal is told apart from one that memory ran out on', async () => {
    for (const [signal, code] of [
      ['SIGSEGV', 'engine-crashed'],
      ['SIGKILL', 'out-of-memory'],
    ] as const) {
      const watched = started()
      await watched.send({ kind: 'environment' })
      const blocked = watched.send({ kind: 'block' })
      process.kill(watched.pid ?? Number.NaN, signal)
      await expect(blocked).rejects.toMatchObject({ code, message: `${signal}: ` })
    }
    const lastWords = 'terminate called: std::bad_alloc\n 1: 0xb7a940\n 2: 0xb7a950\n'
    await expect(started().send({ kind: 'die', lastWords })).rejects.toMatchObject({
      code: 'out-of-memory',
      message: 'exit 3: terminate called: std::bad_alloc',
    })
  })

  test('that says memory ran out is ended, since only that gives it back', async () => {
    const watched = started()
    await expect(watched.send({ kind: 'fail', code: 'out-of-memory' })).rejects.toMatchObject({
      code: 'out-of-memory',
      message: 'It was told to.',
    })
    expect(isGone(watched.pid)).toBe(true)
  })

  test.skipIf(!existsSync('/usr/bin/prlimit'))(
    'because it took more memory than it may says so, and less is its own',
    async () => {
      const watched = started({ memory: { data: 300 * 2 ** 20, heap: 64 } })
      expect(await watched.send({ kind: 'take', mebibytes: 8 })).toBe(8 * 2 ** 20)
      await expect(watched.send({ kind: 'take', mebibytes: 400 })).rejects.toMatchObject({
        code: 'out-of-memory',
      })
    },
  )

  test('for being late fails with that once it is gone, blocked as it may be', async () => {
    const watched = started({ deadlines: { block: 100 } })
    await watched.send({ kind: 'environment' })
    await expect(watched.send({ kind: 'block' })).rejects.toMatchObject({
      code: 'engine-hung',
      message: 'late in block',
    })
    expect(isGone(watched.pid)).toBe(true)
  })

  test('because it was told to says so, and is killed where it does not hear', async () => {
    const watched = actor()
    await watched.send({ kind: 'environment' })
    const blocked = watched.send({ kind: 'block' })
    const failed = expect(blocked).rejects.toMatchObject({ code: 'cancelled' })
    await watched.end()
    await failed
    expect((await watched.death).message).toBe('The actor was shut down.')
    expect(isGone(watched.pid)).toBe(true)
  })
})

test('a process ends with its parent, however that ended', async () => {
  const program = fileURLToPath(new URL('./parent.case.ts', import.meta.url))
  const parent = spawn(process.execPath, [...typescriptLoader(), program])
  onTestFinished(() => void parent.kill('SIGKILL'))
  const [pid] = await once(parent.stdout, 'data')
  expect(isGone(Number(pid))).toBe(false)
  parent.kill('SIGKILL')
  await expect.poll(() => isGone(Number(pid)), { timeout: 20_000 }).toBe(true)
})
