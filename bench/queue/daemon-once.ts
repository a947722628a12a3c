/** A daemon under watch: its loop, queue, decoder and storage are real; what engine it has, it is told. */
import { setTimeout as sleep } from 'node:timers/promises'
import { redisQueue } from '#contract'
import { connectRedis } from '#platform/redis/connect.ts'
import type { Ended } from '#worker/daemon/job/end-attempt.ts'
import { runLoop } from '#worker/daemon/loop/loop.ts'
import { idOf, testWorkshop } from '#worker/daemon/workshop.case.ts'
import { type DaemonFound, daemonTask } from './daemon-task.ts'
import { jobsOf } from './jobs-of.ts'
import { openEngine } from './open-engine.ts'
import { watchGaps } from './watch-gaps.ts'
import { watchStages } from './watch-stages.ts'

const task = daemonTask.parse(JSON.parse(process.argv[2] ?? ''))
const { redis, reference, until } = task

await using commands = connectRedis(redis, { purpose: 'worker', name: 'bench' })
const queue = redisQueue({
  commands,
  openBlocking: () => connectRedis(redis, { purpose: 'waits', name: 'bench', blockMs: 5_000 }),
  settings: { name: `bench-${process.pid}` },
  idOf,
})
await using engine = await openEngine(task.engine)
const { draw, model } = engine
await using made = await testWorkshop({ draw, model }, [reference.origin])
const { worker, workshop, stages } = watchStages(queue.worker('bench'), made.workshop)

/** What begins for the first time, decoder and engine, is no part of what is measured. */
const WARM_UP = 3
const LONGEST_WARM_UP_MS = 60_000
const IDLE_WARM_UP_MS = 500

const makeJob = jobsOf(task.load, reference.origin + reference.path)
const [warm, enough] = [new AbortController(), new AbortController()]
let [pushed, ended] = [0, 0]
let failed: Ended | undefined

async function push(): Promise<void> {
  if (makeJob) await queue.push(makeJob(pushed++))
}

function onEnded(end: Ended): void {
  if (end.outcome !== 'completed') failed = end
  stages.ended()
  ended++
  if (ended === WARM_UP) warm.abort()
  if (ended === WARM_UP + until.jobs || failed) enough.abort()
  else void push()
}

const drain = new AbortController()
const { signal } = drain
const loop = runLoop({ queue, worker, workshop, onEnded, drain: signal, kill: signal })
for (let i = 0; i < task.backlog; i++) await push()
await sleep(makeJob ? LONGEST_WARM_UP_MS : IDLE_WARM_UP_MS, undefined, {
  signal: warm.signal,
}).catch(() => {})

const watch = watchGaps()
stages.begin()
const started = performance.now()
const alreadyEnded = ended
await sleep(1000 * until.seconds, undefined, { signal: enough.signal }).catch(() => {})
const wallMs = performance.now() - started
const gaps = watch.found()
if (failed) throw new Error(`a job ended as ${failed.outcome}, ${failed.code}`)

const found: DaemonFound = {
  gaps,
  jobs: ended - alreadyEnded,
  wallMs,
  busy: engine.busy?.(),
  ...stages.found(),
}
drain.abort()
await loop
console.log(JSON.stringify(found))
