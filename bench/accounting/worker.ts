/** One worker of the accounting, a process to be killed: takes jobs, waits instead of drawing, finishes, calls back. */
import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Claim, Failure, identify, type OwedCallback, redisQueue } from '#contract'
import { type ConnectOptions, connectRedis } from '#platform/redis/connect.ts'
import { paceOf } from './settings.ts'
import { drawingOf } from './todays-job.ts'
import { type CallbackBody, type FinishRecord, workerTask } from './worker-task.ts'

const task = workerTask.parse(JSON.parse(process.argv[2] ?? ''))
const { name, redis, receiver, record } = task
const { settings, ...pace } = paceOf(task.leaseMs)
// A terminal's Ctrl-C is for the accounting, which ends its workers itself, or takes them with it.
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit())

const connect = (purpose: ConnectOptions['purpose']) =>
  connectRedis(redis, { purpose, name, blockMs: settings.blockMs })
const queue = redisQueue({
  commands: connect('worker'),
  openBlocking: () => connect('waits'),
  settings,
  idOf: (raw) => identify(raw, randomUUID),
})
const worker = queue.worker(name)
let held: { readonly claim: Claim; readonly drawing: AbortController } | undefined

await Promise.all([
  work(),
  every(pace.beatMs, beat),
  every(pace.sweepMs, () => queue.sweep({ atMostEveryMs: pace.sweepMs })),
  every(pace.scanMs, () => queue.scanOrphans()),
  every(pace.callbacksMs, callBack),
])

async function work(): Promise<never> {
  for (;;) {
    const claim = await patiently(() => worker.take())
    if (!claim) continue
    const drawing = new AbortController()
    held = { claim, drawing }
    await processJob(claim, drawing.signal)
    held = undefined
  }
}

async function processJob(claim: Claim, signal: AbortSignal): Promise<void> {
  const { id, attempts } = claim
  const attempt = randomUUID()
  const { ms, failsAtFirst } = drawingOf(id)
  const isStopped = await sleep(ms, false, { signal }).catch(() => true)
  if (isStopped) return
  if (failsAtFirst && attempts === 0) {
    await patiently(() => worker.retryLater(claim, { code: 'storage-failed', result: '{}' }))
    return
  }
  const result = JSON.stringify({ attempt })
  const answer = await patiently(() => worker.finish(claim, { status: 'completed', result }))
  const line: FinishRecord = { id, attempt, answer }
  appendFileSync(record, `${JSON.stringify(line)}\n`)
}

async function beat(): Promise<void> {
  const now = held
  const [standing] = await worker.beat(now ? [now.claim] : [])
  if (standing !== 'held') now?.drawing.abort()
}

async function callBack(): Promise<void> {
  for (const owed of await queue.callbacks.due({ count: 20, leaseMs: 2_000 })) {
    const isDelivered = await post(owed)
    await (isDelivered ? queue.callbacks.done(owed) : queue.callbacks.later(owed, 100))
  }
}

async function post({ id, status, result }: OwedCallback): Promise<boolean> {
  const body: CallbackBody = { id, status, result }
  try {
    const signal = AbortSignal.timeout(1_000)
    const response = await fetch(receiver, { method: 'POST', body: JSON.stringify(body), signal })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

async function every(ms: number, act: () => Promise<unknown>): Promise<never> {
  for (;;) {
    await patiently(act)
    await sleep(ms)
  }
}

/** Asks again while Redis does not answer: each verb may be repeated. */
async function patiently<Value>(act: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'queue-unavailable')) throw error
      await sleep(100)
    }
  }
}
