/** The same jobs through BullMQ, as its own guide has it: one worker with so many at a time, defaults everywhere else. */
import { Queue, Worker } from 'bullmq'
import { element } from './element.ts'
import { ADDED, type ProtocolFound, protocolTask, WARM_UP } from './protocol-task.ts'

const { redis, jobs, workers } = protocolTask.parse(JSON.parse(process.argv[2] ?? ''))
const { hostname: host, port } = new URL(redis)
const connection = { host, port: Number(port) }

const BULK = 1_000

await take('warm-up', WARM_UP, 1)
const found: ProtocolFound = { tookMs: await take('jobs', jobs, workers), addedMs: await add() }
console.log(JSON.stringify(found))

async function take(name: string, count: number, concurrency: number): Promise<number> {
  const queue = new Queue(name, { connection })
  for (let left = count; left > 0; left -= BULK) {
    await queue.addBulk(Array.from({ length: Math.min(BULK, left) }, jobOf))
  }
  const worker = workerOf(name, concurrency)
  await worker.waitUntilReady()
  let left = count
  const all = new Promise<void>((resolve) => {
    worker.on('completed', () => {
      if (--left === 0) resolve()
    })
  })
  const started = performance.now()
  void worker.run()
  await all
  const took = performance.now() - started
  await Promise.all([worker.close(), queue.close()])
  return took
}

/** To a worker that waits for it. */
async function add(): Promise<number[]> {
  const queue = new Queue('added', { connection })
  const worker = workerOf('added', 1)
  let completed = () => {}
  worker.on('completed', () => completed())
  void worker.run()
  await worker.waitUntilReady()
  const addedMs: number[] = []
  for (let i = 0; i < ADDED; i++) {
    const ended = new Promise<void>((resolve) => {
      completed = resolve
    })
    const asked = performance.now()
    await queue.add('job', element())
    await ended
    addedMs.push(performance.now() - asked)
  }
  await Promise.all([worker.close(), queue.close()])
  return addedMs
}

function workerOf(name: string, concurrency: number): Worker {
  return new Worker(name, async () => '{}', { connection, concurrency, autorun: false })
}

function jobOf() {
  return { name: 'job', data: element() }
}
