import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Failure } from '#contract'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { writeLora } from '#models/goldens/lora.ts'
import type { AskedLora } from '#models/lora/open-loras.ts'
import { type GenerationRequest, generate } from '#pipeline/generate.ts'
import type { Engine } from './engine.ts'
import { openNetworks } from './open-networks.ts'
import { isAlive, requestFor, tinyCheckpoints, watchedEngine } from './tiny-engine.case.ts'

const checkpoint = tinyCheckpoints()

describe('an engine of jobs that want other LoRAs', () => {
  let engine: Engine
  let deaths: readonly Failure[]
  let request: GenerationRequest
  let kohya: AskedLora
  let peft: AskedLora
  let both: readonly AskedLora[]
  beforeAll(async () => {
    const path = await checkpoint()
    const watched = watchedEngine(path)
    engine = watched.engine
    deaths = watched.deaths
    request = await requestFor('txt2img', { steps: 1, guidanceScale: 1 }, 64)
    kohya = { path: await writeLora(dirname(path), 'tiny-kohya'), strength: 1 }
    peft = { path: await writeLora(dirname(path), 'tiny-peft'), strength: 0.5 }
    both = [peft, kohya]
    await engine.load()
  })
  afterAll(() => engine[Symbol.asyncDispose]())

  test('runs those that want what is open first, and changes its process for the others', async () => {
    const { pid } = engine
    const order: string[] = []
    const run = async (name: string, loras?: readonly AskedLora[]) => {
      const { images } = await engine.run(request, { loras })
      order.push(name)
      return images[0]?.image.data
    }
    const [plain, adapted, again, adaptedAgain] = await Promise.all([
      run('plain'),
      run('adapted', both),
      run('plain', [{ ...kohya, strength: 0 }]),
      run('adapted', [kohya, peft]),
    ])
    expect(order).toEqual(['plain', 'plain', 'adapted', 'adapted'])
    expect([isAlive(pid), engine.pid === pid]).toEqual([false, false])
    expect(again).toEqual(plain)
    expect(adapted).not.toEqual(plain)
    expect(adaptedAgain).toEqual(adapted)
    const options = { device: 'cpu', threads: 1, loras: [kohya, peft] } as const
    await using networks = await openNetworks(await openCheckpoint(await checkpoint()), options)
    expect((await generate(networks, request)).images[0]?.image.data).toEqual(adapted)
  })

  test('keeps what is open for whatever does not say', async () => {
    await engine.run(request, { loras: both })
    const { pid } = engine
    await Promise.all([engine.load(), engine.warmUp(), engine.memory()])
    expect(engine.pid).toBe(pid)
  })

  test('has the same open again after a crash', async () => {
    const adapted = await engine.run(request, { loras: both })
    const crashed = engine.pid ?? Number.NaN
    process.kill(crashed, 'SIGSEGV')
    await expect.poll(() => engine.pid !== crashed && engine.pid, { timeout: 20_000 }).toBeTruthy()
    const { pid } = engine
    expect((await engine.run(request, { loras: both })).images).toEqual(adapted.images)
    expect(engine.pid).toBe(pid)
    // Only the crash was a death: changes are not.
    expect(deaths.map(({ code }) => code)).toEqual(['engine-crashed'])
  })

  test('fails a job whose LoRA cannot be opened, and goes back to what was open', async () => {
    const gone = join(dirname(kohya.path), 'gone.safetensors')
    const run = engine.run(request, { loras: [{ path: gone, strength: 1 }] })
    await expect(run).rejects.toMatchObject({
      code: 'checkpoint-invalid',
      message: expect.stringContaining(gone),
    })
    expect(engine.pid).toBe(undefined)
    await engine.memory()
    const { pid } = engine
    await engine.run(request, { loras: both })
    expect([engine.pid, deaths.length]).toEqual([pid, 1])
  })

  test('lets go at once of a job that is cancelled while it waits, or while its LoRAs open', async () => {
    const [first, second] = [new AbortController(), new AbortController()]
    const running = engine.run(await requestFor('modify', { steps: 150, denoiseStrength: 1 }), {
      signal: first.signal,
      loras: both,
    })
    const waiting = engine.run(request, { signal: second.signal, loras: [] })
    const next = engine.run(request, { loras: both })
    second.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    first.abort()
    await expect(running).rejects.toMatchObject({ code: 'cancelled' })
    expect((await next).images).toHaveLength(1)

    const third = new AbortController()
    const { pid } = engine
    const opening = engine.run(request, { signal: third.signal, loras: [] })
    await expect.poll(() => engine.pid !== pid).toBe(true)
    third.abort()
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' })
    const opened = engine.pid
    expect((await engine.run(request)).images).toHaveLength(1)
    expect(engine.pid).toBe(opened)
  })
})
