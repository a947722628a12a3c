import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { Failure, type HealthReport, identify, memoryQueue } from '#contract'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { orderOf } from '../providers/order.case.ts'
import type { Provider } from '../providers/provider.ts'
import { insertJob } from '../store/insert-job.ts'
import { createRouting, type Routing, type RoutingParts } from './routing.ts'
import { routingView } from './routing-view.ts'

const [inMemory] = databasesHere
const health: HealthReport = {
  ...{ version: '0.1.0', state: 'idle', inFlight: 0, heldSeconds: 0, device: 'cuda' },
  ...{ checkpoint: 'lustify', modes: ['modify', 'copy', 'txt2img'], loras: false },
  service: [{ mode: 'modify', size: '1024x1024', seconds: 2 }],
}
const replicate: Provider = {
  name: 'replicate',
  contentModes: ['sfw'],
  outputHosts: [],
  fit: () => ({ fits: true, notes: ['It has no LoRAs.'] }),
  submit: async () => 'ref',
  look: async () => ({ kind: 'waiting' }),
  cancel: async () => {},
  find: async () => undefined,
  readWebhook: async () => ({ eventId: '', ref: '' }),
}
const limits = { tried: [], only: undefined, remainingMs: 60_000 }

let routing: Routing | undefined
let sql: Database | undefined
afterEach(async () => {
  await routing?.[Symbol.asyncDispose]()
  await sql?.[Symbol.asyncDispose]()
})

async function start(more: Partial<RoutingParts> = {}) {
  let time = 1_000_000
  const now = () => time
  const queue = memoryQueue({ idOf: (raw) => identify(raw, randomUUID), clock: now })
  sql = await inMemory!.open()
  const decisions: string[] = []
  routing = await createRouting({
    ...{ queue, sql, now, providers: [replicate], order: ['local-sdxl', 'replicate', 'fal-ai'] },
    onDecision: (provider, reason) => void decisions.push(`${provider} ${reason}`),
    everyMs: 3_600_000,
    ...more,
  })
  const later = async (ms: number) => {
    time += ms
    await routing?.look()
  }
  return { routing, queue, sql, later, decisions, worker: queue.worker('gpu-0') }
}

describe('routing', () => {
  test('follows workers that come and go', async () => {
    const { routing, worker, later, decisions } = await start()
    expect(routing.choose(orderOf(), limits)).toMatchObject({ provider: 'replicate' })
    for (let beats = 0; beats < 3; beats++) {
      await worker.beat([], health)
      await later(5_000)
    }
    expect(routing.choose(orderOf(), limits)).toMatchObject({
      provider: 'local-sdxl',
      estimatedSeconds: 2,
    })
    await later(10_000)
    expect(routing.choose(orderOf(), limits)).toMatchObject({
      provider: 'replicate',
      notes: ['It has no LoRAs.'],
    })
    expect(decisions).toEqual([
      'replicate no-worker',
      'local-sdxl preferred',
      'replicate no-worker',
    ])
  })

  test('counts what it has sent itself before the next look, and what the database holds after it', async () => {
    const { routing, queue, sql, worker, later } = await start({ order: ['local-sdxl'] })
    await worker.beat([], health)
    await later(5_000)
    const { job, planned } = orderOf()
    for (let n = 0; n < 3; n++) routing.choose(orderOf(), limits)
    expect(routing.local().waiting).toBe(3)
    await insertJob(sql, {
      ...{
        job: { ...job, id: 'kept' },
        planned,
        class: 'modify 1024x1024',
        tenant: 't',
        userId: 'u',
      },
      ...{ surface: 'v1', provider: 'local-sdxl', notes: [], attemptId: 'a' },
    })
    await queue.push('{"id":"pushed"}')
    await later(1_000)
    expect(routing.local().waiting).toBe(2)
    expect(routing.view().local.waiting).toBe(2)
  })

  test('is only asked by a trial, of which nothing is counted', async () => {
    const { routing, worker, later, decisions } = await start({ order: ['local-sdxl'] })
    await worker.beat([], health)
    await later(5_000)
    const choice = routing.choose(orderOf(), { ...limits, isTrial: true })
    expect(choice).toMatchObject({ provider: 'local-sdxl' })
    expect([routing.local().waiting, decisions]).toEqual([0, []])
  })

  test('shows what it decides from, as its schema says', async () => {
    const { routing, worker, later } = await start()
    await worker.beat([], health)
    await later(1_000)
    const view = routing.view()
    expect(routingView.parse(view)).toEqual(view)
    expect(view).toMatchObject({
      order: ['local-sdxl', 'replicate'],
      local: {
        live: 1,
        breaker: 'closed',
        workers: [{ name: 'gpu-0', isLive: true, state: 'idle' }],
      },
      providers: [{ name: 'replicate', breaker: 'closed', contentModes: ['sfw'] }],
    })
  })

  test('leaves a provider alone that wants to rest, and one that fails', async () => {
    const { routing, later } = await start({ order: ['replicate', 'local-sdxl'] })
    const throttled = new Failure('provider-throttled', 'x', { cause: { atLeastMs: 7_000 } })
    await routing.run('replicate', () => Promise.reject(throttled)).catch(() => {})
    expect(routing.restOf('replicate')).toBe(7_000)
    const now = () => routing.choose(orderOf(), { ...limits, remainingMs: undefined })
    expect(now()).toMatchObject({ provider: 'local-sdxl', reason: 'panic' })
    await later(7_000)
    expect(now()).toMatchObject({ provider: 'replicate', reason: 'preferred' })
    for (let n = 0; n < 5; n++) {
      const failing = () => Promise.reject(new Failure('provider-unavailable', 'x'))
      await routing.run('replicate', failing).catch(() => {})
    }
    expect(now()).toMatchObject({ provider: 'local-sdxl' })
    expect(routing.view().providers).toMatchObject([{ breaker: 'open' }])
  })

  test('workers that a queue which is away cannot tell of grow silent', async () => {
    const errors: unknown[] = []
    const { routing, queue, worker, later } = await start({
      onError: (error) => errors.push(error),
    })
    for (let beats = 0; beats < 3; beats++) {
      await worker.beat([], health)
      await later(5_000)
    }
    expect(routing.local().isUp).toBe(true)
    Object.assign(queue, { workers: () => Promise.reject(new Error('away')) })
    await later(4_000)
    expect(routing.local().isUp).toBe(true)
    await later(6_000)
    expect(routing.local().isUp).toBe(false)
    expect(errors).toHaveLength(2)
  })
})
