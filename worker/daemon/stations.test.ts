import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Failure, memoryQueue } from '#contract'
import { createQuarantine } from './loop/quarantine.ts'
import type { StationEngine } from './station.ts'
import { openStations, type Stations } from './stations.ts'
import { drawnAs, idOf, type TestWorkshop, testWorkshop, txt2img } from './workshop.case.ts'

let made: TestWorkshop
beforeAll(async () => {
  made = await testWorkshop()
})
afterAll(() => made[Symbol.asyncDispose]())

const unavailable = () => new Failure('device-unavailable', 'The device cuda does not work here.')

/** An engine that a test can break and mend, and whose pictures take a moment. */
function stubEngine() {
  const drawn: string[] = []
  let isCold = false
  let problem: Failure | undefined
  let sticks = false
  let breaks = false
  let onDeath: (failure: Failure) => void = () => {}
  const engine: StationEngine = {
    async load() {
      if (problem) throw problem
      return { device: 'cuda' }
    },
    async warmUp() {
      if (isCold) throw new Failure('out-of-memory', 'The memory was not enough.')
    },
    async draw(order, { signal }) {
      drawn.push(order.planned.prompt)
      if (breaks) problem = unavailable()
      if (problem) throw problem
      await sleep(sticks ? 60_000 : 5, undefined, { signal })
      return drawnAs(order)
    },
    async [Symbol.asyncDispose]() {},
  }
  return {
    ...{ engine, drawn },
    told(by: typeof onDeath) {
      onDeath = by
      return engine
    },
    breakDown() {
      problem = unavailable()
    },
    hiccup() {
      onDeath(new Failure('engine-crashed', 'The engine crashed (SIGSEGV).'))
    },
    /** As an engine does that ran out of memory, and then finds its device taken. */
    breakAtNextDrawing() {
      breaks = true
    },
    die() {
      problem = unavailable()
      onDeath(new Failure('engine-crashed', 'The engine crashed (SIGSEGV).'))
    },
    /** It loads, and no network of it runs. */
    freeze() {
      isCold = true
    },
    mend() {
      problem = undefined
    },
    /** Its pictures take a minute from now on. */
    stick() {
      sticks = true
    },
  }
}

type Stub = ReturnType<typeof stubEngine>

/** Five seconds from a vain attempt to the next would be long here. */
const impatient = () => createQuarantine({ now: () => 100 * Date.now() })

function openOn(stubs: readonly Stub[], newQuarantine = impatient): Stations {
  const stations = openStations({
    gpus: stubs.map((_, gpu) => gpu),
    openEngine: ({ gpu = 0, onDeath }) => (stubs[gpu] ?? stubEngine()).told(onDeath),
    log: made.workshop.log,
    newQuarantine,
  })
  onTestFinished(() => stations[Symbol.asyncDispose]())
  return stations
}

function serveOn(stations: Stations) {
  const queue = memoryQueue({ settings: { blockMs: 50 }, idOf, clock: () => Date.now() })
  const [draining, killing] = [new AbortController(), new AbortController()]
  const ended: string[] = []
  const done = stations.serve({
    ...{ queue, drain: draining.signal, kill: killing.signal, beatMs: 20, drainMs: 5_000 },
    workshop: made.workshop,
    onEnded: ({ outcome }) => ended.push(outcome),
  })
  onTestFinished(async () => {
    draining.abort()
    killing.abort()
    await done
  })
  const push = async (count: number) => {
    for (let i = 0; i < count; i++) await queue.push(txt2img(`${i}`, { prompt: `heron ${i}` }))
  }
  const endedAre = (count: number) => expect.poll(() => ended.length, { interval: 10 }).toBe(count)
  const [drain, kill] = [() => draining.abort(), () => killing.abort()]
  return { queue, push, ended, endedAre, done, drain, kill }
}

const statesOf = (stations: Stations) => stations.state().engines?.map(({ state }) => state)

describe('engines beside each other', () => {
  it('share one backlog under names of their own, each job drawn once', async () => {
    const stubs = [stubEngine(), stubEngine()]
    const stations = openOn(stubs)
    await stations.load()
    const { push, endedAre, queue, drain, done } = serveOn(stations)
    await push(12)
    await endedAre(12)
    const drawn = stubs.flatMap((stub) => stub.drawn)
    expect([drawn.length, new Set(drawn).size]).toEqual([12, 12])
    for (const stub of stubs) expect(stub.drawn.length).toBeGreaterThan(1)
    const names = (await queue.workers()).map(({ name }) => name)
    expect(names.map((name) => /-(gpu\d)-/.exec(name)?.[1]).toSorted()).toEqual(['gpu0', 'gpu1'])
    expect(stations.state()).toMatchObject({
      state: 'idle',
      engines: [{ gpu: 0, state: 'idle' }, { gpu: 1 }],
    })
    drain()
    expect(await done).toBe('drained')
    expect(stations.state().state).toBe('draining')
    expect(await queue.workers()).toEqual([])
  })

  it('are told to end together, and overrun where one does', async () => {
    const [quick, slow] = [stubEngine(), stubEngine()]
    const stations = openOn([quick, slow])
    await stations.load()
    const { push, drain, kill, done, queue } = serveOn(stations)
    slow.stick()
    await push(6)
    await expect.poll(() => slow.drawn.length).toBe(1)
    drain()
    await expect.poll(() => statesOf(stations)).toEqual(['draining', 'draining'])
    kill()
    expect(await done).toBe('overrun')
    const { active, delayed, waiting } = await queue.depth()
    expect([active, delayed, waiting > 0]).toEqual([0, 0, true])
  })
})

describe('an engine that does not load', () => {
  it('keeps nobody else from drawing, gets no job, and draws once it does', async () => {
    const [broken, sound] = [stubEngine(), stubEngine()]
    broken.breakDown()
    const stations = openOn([broken, sound])
    expect(await stations.load()).toEqual({ device: 'cuda' })
    const { push, ended, endedAre } = serveOn(stations)
    await push(6)
    await endedAre(6)
    expect([ended.every((outcome) => outcome === 'completed'), broken.drawn]).toEqual([true, []])
    expect(statesOf(stations)).toEqual(['degraded', 'idle'])
    broken.mend()
    // The loop looks once a second whether a self-test is due.
    await expect.poll(() => statesOf(stations)).toEqual(['idle', 'idle'])
    // The self-test's own.
    expect(broken.drawn.length).toBe(1)
  })

  it('or does not run its networks once, is not trusted with jobs either', async () => {
    const [cold, sound] = [stubEngine(), stubEngine()]
    cold.freeze()
    const stations = openOn([cold, sound], createQuarantine)
    await stations.load()
    const { push, endedAre } = serveOn(stations)
    await push(4)
    await endedAre(4)
    expect([cold.drawn, sound.drawn.length]).toEqual([[], 4])
    expect(stations.state().engines?.[0]).toMatchObject({ gpu: 0, reason: 'out-of-memory' })
  })

  it('stops the start where no other does, with the first one’s reason', async () => {
    const stubs = [stubEngine(), stubEngine()]
    for (const stub of stubs) stub.breakDown()
    const stations = openOn(stubs)
    await expect(stations.load()).rejects.toMatchObject({ code: 'device-unavailable' })
    expect(stations.state().state).toBe('degraded')
  })
})

describe('an engine that dies', () => {
  it('and does not come back leaves its jobs to the others, and none fails', async () => {
    const [mortal, sound] = [stubEngine(), stubEngine()]
    const stations = openOn([mortal, sound])
    await stations.load()
    const { push, ended, endedAre, queue } = serveOn(stations)
    await push(4)
    await endedAre(4)
    const before = mortal.drawn.length
    mortal.die()
    for (let i = 4; i < 12; i++) await queue.push(txt2img(`${i}`))
    await expect.poll(() => sound.drawn.length).toBeGreaterThan(4)
    await expect.poll(() => statesOf(stations)).toEqual(['degraded', 'idle'])
    expect(mortal.drawn.length).toBe(before)
    expect(ended).not.toContain('failed')
    expect(stations.state()).toMatchObject({ state: 'idle' })
  })

  it('unheard is found out by the next job, which keeps its place in the queue', async () => {
    const mortal = stubEngine()
    const stations = openOn([mortal])
    await stations.load()
    const { push, ended, queue } = serveOn(stations)
    mortal.breakDown()
    await push(1)
    await expect.poll(() => stations.state().reason).toBe('device-unavailable')
    await expect.poll(() => queue.depth()).toMatchObject({ waiting: 1, active: 0, delayed: 0 })
    expect([ended, mortal.drawn, stations.state().state]).toEqual([[], [], 'degraded'])
  })

  it('while it draws, and does not load again, has its job tried later', async () => {
    const mortal = stubEngine()
    const stations = openOn([mortal])
    await stations.load()
    const { push, ended, endedAre } = serveOn(stations)
    mortal.breakAtNextDrawing()
    await push(1)
    await endedAre(1)
    expect(ended).toEqual(['delayed'])
  })

  it('and comes back draws on', async () => {
    const mortal = stubEngine()
    const stations = openOn([mortal])
    await stations.load()
    const { push, endedAre } = serveOn(stations)
    mortal.hiccup()
    await push(2)
    await endedAre(2)
    expect(mortal.drawn.length).toBe(2)
  })
})
