/** The process of `spawn-worker.case.ts`. A job whose id begins with `poison` kills it. */
import './shift-clock.case.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { redisQueue } from '#contract'
import { type ConnectOptions, connectRedis } from '#platform/redis/connect.ts'
import { localStorage } from '#platform/storage/local-storage.ts'
import { runLoop } from '../loop/loop.ts'
import { drawnAs, idOf, testWorkshop } from '../workshop.case.ts'
import type { WorkerSays, WorkerTask } from './spawn-worker.case.ts'

const task: WorkerTask = JSON.parse(process.argv[2] ?? '')
const { redis, name, folder, leaseMs, drawMs, busyMs = 0, freezes = false } = task
const blockMs = Math.floor(leaseMs / 3)
const [drain, kill] = [new AbortController(), new AbortController()]
process.once('SIGTERM', () => drain.abort())
process.once('disconnect', () => process.exit())
const say = (says: WorkerSays) => void process.send?.(says)

const connect = (purpose: ConnectOptions['purpose']) =>
  connectRedis(redis, { purpose, name, blockMs })
const queue = redisQueue({
  commands: connect('worker'),
  openBlocking: () => connect('waits'),
  settings: { name: task.queue, leaseMs, blockMs },
  idOf,
})
const worker = queue.worker(name)
const { workshop } = await testWorkshop({
  storage: localStorage({ folder, baseUrl: 'http://here', secret: 's' }),
  async draw(order, { signal }) {
    const id = order.planned.prompt.split(/[ ,]/)[1] ?? ''
    say({ event: 'drawing', id })
    if (id.startsWith('poison')) process.kill(process.pid, 'SIGKILL')
    const until = performance.now() + busyMs
    while (performance.now() < until);
    const slept = sleep(drawMs - busyMs, undefined, { signal })
    if (freezes) process.kill(process.pid, 'SIGSTOP')
    await slept
    return drawnAs(order)
  },
})
const finish = worker.finish.bind(worker)
const telling = {
  ...worker,
  async finish(...given: Parameters<typeof finish>) {
    const outcome = await finish(...given)
    say({ event: 'ended', id: given[0].id, outcome })
    return outcome
  },
}
const outcome = await runLoop({
  ...{ queue, worker: telling, workshop, drain: drain.signal, kill: kill.signal },
  ...{ beatMs: Math.floor(leaseMs / 6), drainMs: 5_000 },
})
process.exit(outcome === 'drained' ? 0 : 1)
