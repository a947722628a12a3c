/** A whole gateway for tests, on a real socket, with a real database and workers to order. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Claim,
  identify,
  memoryQueue,
  type Queue,
  type QueueWorker,
  writeResult,
} from '#contract'
import { createLog, type Log } from '#platform/log.ts'
import { localStorage } from '#platform/storage/local-storage.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { readGatewayConfig } from './config.ts'
import type { Database } from './database/database.ts'
import { testDatabases } from './database/test-database.case.ts'
import { runGateway } from './gateway.ts'

export interface TestGateway extends AsyncDisposable {
  readonly url: string
  readonly queue: Queue
  readonly database: Database
  /** Signs as the gateway does. */
  readonly storage: Storage
  /** Beats once, so that routing sees somebody. */
  readonly worker: (name: string) => Promise<QueueWorker>
  /** Takes a job and finishes it with a picture of its own. @returns its id; undefined where none came in so many ms. */
  readonly work: (worker: QueueWorker, mostMs?: number) => Promise<string | undefined>
  readonly drain: () => void
  readonly kill: () => void
  /** Of the whole run. */
  readonly ended: Promise<'drained' | 'overrun'>
}

export interface TestOptions {
  readonly variables?: Readonly<Record<string, string>>
  readonly log?: Log
  /** `pglite` unless given. */
  readonly kind?: Database['kind']
}

/** As KEY_PEPPER and GATEWAY_SECRET. */
export const SECRET = 'a secret of thirty-two characters'

export async function testGateway(options: TestOptions = {}): Promise<TestGateway> {
  const { variables = {}, log, kind = 'pglite' } = options
  const folder = await mkdtemp(join(tmpdir(), 'i2i-gateway-'))
  const found = testDatabases.find((each) => each.kind === kind)
  if (!found) throw new Error('there is no database to test on')
  const database = await found.open()
  const idOf = (raw: string) => identify(raw, randomUUID)
  const queue = memoryQueue({ idOf, settings: { blockMs: 50 } })
  const config = readGatewayConfig({
    ...{
      DATA_FOLDER: folder,
      GATEWAY_PORT: '0',
      GATEWAY_SECRET: SECRET,
      KEY_PEPPER: SECRET,
      REDIS_URL: 'redis://here',
    },
    ...{ DRAIN_DELAY_MS: '0', RATE_PER_MINUTE: '1000000', RATE_PER_ADDRESS: '1000000' },
    ...variables,
  })
  // A stub of fal.ai gives its pictures from here.
  const fal = config.fal && { ...config.fal, outputHosts: ['127.0.0.1'] }
  const drain = new AbortController()
  const kill = new AbortController()
  let ended: Promise<'drained' | 'overrun'> = Promise.resolve('drained')
  const port = await new Promise<number>((onReady, reject) => {
    const signals = { drain: drain.signal, kill: kill.signal }
    const given = { log: log ?? createLog({ level: 'silent' }), queue, database }
    ended = runGateway({ ...config, fal }, { ...given, ...signals, onReady })
    ended.catch(reject)
  })
  const baseUrl = `http://127.0.0.1:${port}/v1/files`
  const local = { folder: join(folder, 'files'), baseUrl, secret: SECRET }
  const storage = localStorage(local)
  return {
    ...{ url: `http://127.0.0.1:${port}`, queue, database, storage, ended },
    async worker(name) {
      const worker = queue.worker(name)
      await worker.beat([], REPORT)
      return worker
    },
    async work(worker, mostMs = PATIENCE_MS) {
      const claim = await taken(worker, mostMs)
      if (!claim) return undefined
      const path = `local/${claim.id}/0.png`
      const thumbnailPath = `local/${claim.id}/0.thumb.webp`
      await storage.put(`workspace-temp/${path}`, PNG, { contentType: 'image/png' })
      await storage.put(`workspace-temp/${thumbnailPath}`, PNG, { contentType: 'image/webp' })
      const asset = { path, thumbnailPath, width: 1, height: 1, seed: 7, bytes: PNG.length }
      const assets = [{ ...asset, format: 'png' as const, sha256: 'ab'.repeat(32) }]
      const effective = { steps: 25, scheduler: 'euler' }
      const ran = { mode: 'txt2img' as const, prompt: 'a cat', timings: { denoise: 12 } }
      const result = writeResult({ ...ran, assets, effective })
      await worker.finish(claim, { status: 'completed', result })
      return claim.id
    },
    drain: () => drain.abort(),
    kill: () => kill.abort(),
    async [Symbol.asyncDispose]() {
      drain.abort()
      kill.abort()
      await ended.catch(() => {})
      await database[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Of who knows that one comes. */
const PATIENCE_MS = 50_000

async function taken(worker: QueueWorker, mostMs: number): Promise<Claim | undefined> {
  const end = performance.now() + mostMs
  do {
    const claim = await worker.take()
    if (claim) return claim
  } while (performance.now() < end)
  return undefined
}

/** One white pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=',
  'base64',
)

const REPORT = {
  ...{ version: '0.1.0', state: 'idle', inFlight: 0, heldSeconds: 0, device: 'cpu' },
  ...{ checkpoint: 'sdxl.safetensors', modes: ['modify', 'copy', 'txt2img'], loras: false },
  enhancement: { available: false, why: 'It is loading.' },
  service: [{ mode: 'txt2img', size: '1024x1024', seconds: 2 }],
}
