/** Takes and finishes jobs that are no work, which leaves what the protocol costs. */
import { randomUUID } from 'node:crypto'
import { identify, type QueueWorker, redisQueue } from '#contract'
import { connectRedis } from '#platform/redis/connect.ts'
import { median } from '../measure/statistics.ts'
import { element } from './element.ts'
import { ADDED, type ProtocolFound, protocolTask, WARM_UP } from './protocol-task.ts'

const { redis, jobs, workers } = protocolTask.parse(JSON.parse(process.argv[2] ?? ''))
const name = 'bench'
await using commands = connectRedis(redis, { purpose: 'worker', name })
const queue = redisQueue({
  commands,
  openBlocking: () => connectRedis(redis, { purpose: 'waits', name }),
  settings: { name: `bench-${randomUUID()}` },
  idOf: (raw) => identify(raw, randomUUID),
})

const PINGS = 200

const pings: number[] = []
for (let i = 0; i < PINGS; i++) {
  const asked = performance.now()
  await commands.call('PING')
  pings.push(performance.now() - asked)
}
await take(WARM_UP, 1)
const found: ProtocolFound = {
  ...(await take(jobs, workers)),
  addedMs: await add(ADDED),
  pingMs: median(pings),
}
console.log(JSON.stringify(found))

async function take(count: number, workers: number) {
  for (let i = 0; i < count; i++) await queue.push(JSON.stringify(element()))
  const overheadMs: number[] = []
  const started = performance.now()
  let left = count
  const work = async (worker: QueueWorker) => {
    while (left > 0) {
      left--
      const asked = performance.now()
      await takeOne(worker)
      overheadMs.push(performance.now() - asked)
    }
  }
  const all = Array.from({ length: workers }, () => queue.worker(randomUUID()))
  await Promise.all(all.map(work))
  return { overheadMs, tookMs: performance.now() - started }
}

async function takeOne(worker: QueueWorker): Promise<void> {
  const claim = await worker.take()
  if (!claim) throw new Error('the queue is empty before its time')
  await worker.finish(claim, { status: 'completed', result: '{}' })
}

/** To a worker that waits for it. */
async function add(count: number): Promise<number[]> {
  const worker = queue.worker(randomUUID())
  const addedMs: number[] = []
  for (let i = 0; i < count; i++) {
    const completed = takeOne(worker)
    const asked = performance.now()
    await queue.push(JSON.stringify(element()))
    await completed
    addedMs.push(performance.now() - asked)
  }
  await worker.leave([])
  return addedMs
}
