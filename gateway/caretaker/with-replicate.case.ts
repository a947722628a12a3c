/** Tests of a caretaker with Replicate's stand-in behind it, and one more provider that would be next. */
import { afterAll, afterEach, beforeEach } from 'vitest'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import type { Database } from '../database/database.ts'
import type { TestDatabases } from '../database/test-database.case.ts'
import { createReplicate } from '../providers/replicate/replicate.ts'
import { type ReplicateStub, replicateStub } from '../providers/replicate/replicate-stub.case.ts'
import { type CareOptions, type CareTest, careTest } from './caretaker.case.ts'
import { type StandIn, standIn } from './stand-in-provider.case.ts'

export interface WithReplicate {
  readonly database: Database
  readonly stub: ReplicateStub
  /** The next in order; what it has it never ends. */
  readonly fal: StandIn
  /** @param total milliseconds that a call may take; few, where it is never answered. */
  readonly replicate: (total?: number) => ReturnType<typeof createReplicate>
  /** Without a caretaker yet. */
  readonly prepared: (options?: Partial<CareOptions>) => Promise<CareTest>
  readonly started: (options?: Partial<CareOptions>) => Promise<CareTest>
}

/** Everything anew for each test. @returns what is there while one runs. */
export function withReplicate({ open }: TestDatabases): WithReplicate {
  const decoder = new Decoder()
  let now: { database: Database; stub: ReplicateStub; fal: StandIn; care?: CareTest } | undefined
  const there = () => {
    if (!now) throw new Error('no test runs')
    return now
  }
  beforeEach(async () => {
    const database = await open()
    const stub = await replicateStub({ queuedMs: 10, runMs: 30, lateMs: 150 })
    now = { database, stub, fal: standIn('fal-ai', { state: () => ({ kind: 'running' }) }) }
  })
  afterEach(async () => {
    await now?.care?.[Symbol.asyncDispose]()
    await now?.stub[Symbol.asyncDispose]()
    await now?.database[Symbol.asyncDispose]()
  })
  afterAll(() => decoder[Symbol.asyncDispose]())

  const replicate = (total = 10_000) => {
    const { stub } = there()
    return createReplicate({
      baseUrl: stub.baseUrl,
      token: stub.token,
      webhookSecrets: [stub.secret],
      model: 'stability-ai/sdxl',
      contentModes: ['sfw'],
      outputHosts: ['127.0.0.1'],
      price: { microsPerSecond: 1000 },
      timeouts: { total },
    })
  }
  const prepared = async (options: Partial<CareOptions> = {}) => {
    const { database, stub, fal } = there()
    const care = await careTest({
      ...{ database, decoder, providers: [replicate(), fal.provider] },
      ...options,
      parts: { outputRules: { privateOrigins: [stub.origin] }, ...options.parts },
    })
    there().care = care
    return care
  }
  return {
    ...{ replicate, prepared },
    async started(options) {
      const care = await prepared(options)
      care.start()
      return care
    },
    get database() {
      return there().database
    },
    get stub() {
      return there().stub
    },
    get fal() {
      return there().fal
    },
  }
}
