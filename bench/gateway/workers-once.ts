/** Stand-ins for workers: each takes a job, tells how far it is, finishes it after its time, and draws nothing. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Claim, identify, type QueueWorker, redisQueue, writeResult } from '#contract'
import { connectRedis } from '#platform/redis/connect.ts'
import { nowMs, type Told, workersTask } from './workers-task.ts'

const { redis, workers, takesMs, progressMs } = workersTask.parse(JSON.parse(process.argv[2] ?? ''))
const name = 'bench-worker'
await using commands = connectRedis(redis, { purpose: 'worker', name })
const queue = redisQueue({
  commands,
  openBlocking: () => connectRedis(redis, { purpose: 'waits', name }),
  settings: {},
  idOf: (raw) => identify(raw, randomUUID),
})
const ending = new AbortController()
process.once('SIGTERM', () => ending.abort())

const all = Array.from({ length: workers }, () => queue.worker(randomUUID()))
await Promise.all(all.map((worker) => worker.beat([], report('idle'))))
console.log('ready')
await Promise.all(all.map(work))
process.exit(0)

async function work(worker: QueueWorker): Promise<void> {
  while (!ending.signal.aborted) {
    const claim = await worker.take({ signal: ending.signal })
    if (claim) await draw(worker, claim)
    else await worker.beat([], report('idle'))
  }
}

async function draw(worker: QueueWorker, claim: Claim): Promise<void> {
  const of = Math.ceil(takesMs / progressMs)
  for (let step = 1; step <= of; step++) {
    await delay(progressMs, undefined, { signal: ending.signal }).catch(() => {})
    if (ending.signal.aborted) return
    await worker.beat([claim], report('busy'))
    const told: Told = { id: claim.id, step, at: nowMs() }
    await worker.progress(claim, { stage: 'denoise', image: 0, step, of })
    console.log(JSON.stringify(told))
  }
  const asset = { path: `bench/${claim.id}/0.png`, thumbnailPath: `bench/${claim.id}/0.webp` }
  const shape = { width: 1, height: 1, seed: 7, bytes: 67, format: 'png' } as const
  const assets = [{ ...asset, ...shape, sha256: 'ab'.repeat(32) }]
  const ran = { mode: 'modify', prompt: 'a cat', timings: { denoise: takesMs } } as const
  const result = writeResult({ ...ran, assets, effective: { steps: 25, scheduler: 'euler' } })
  await worker.finish(claim, { status: 'completed', result })
}

/** So quick that nobody's deadline is in danger, however many wait. */
function report(state: 'idle' | 'busy') {
  return {
    ...{ version: '0.1.0', state, inFlight: state === 'busy' ? 1 : 0, heldSeconds: 0 },
    ...{ device: 'cpu', checkpoint: 'bench', modes: ['modify', 'copy', 'txt2img'], loras: false },
    service: [{ mode: 'modify', size: '1024x1024', seconds: 0.001 }],
  }
}
