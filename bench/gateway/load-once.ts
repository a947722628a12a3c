/** Generates requests: posts at times that were fixed beforehand, reads as fast as they are answered. */
import { readFile } from 'node:fs/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { createMersenneTwister } from '#pipeline/mersenne-twister.ts'
import { type Callers, readCallers } from './callers.ts'
import { openConnections } from './connections.ts'
import { jobsSchema, type LoadFound, loadTask } from './load-task.ts'

const task = loadTask.parse(JSON.parse(process.argv[2] ?? ''))
const callers = await readCallers(task.callers)
// Beforehand, so that no request pays for a connection.
const connections = await openConnections(task.origin, task.connections)
const { host } = new URL(task.origin)

const latencyMs: number[] = []
const lateMs: number[] = []
const errors: Record<string, number> = {}
const jobs: { id: string; caller: number }[] = []

const gaps = monitorEventLoopDelay({ resolution: 1 })
gaps.enable()
const started = performance.now()
const used = process.cpuUsage()
if (task.kind === 'posts') await post(task)
else await read(task)
const { user, system } = process.cpuUsage(used)
const found: LoadFound = {
  ...{ answered: latencyMs.length, errors, tookMs: performance.now() - started, latencyMs, lateMs },
  ...{ processorSeconds: (user + system) / 1e6, jobs },
  gapMs: { p99: gaps.percentile(99) / 1e6, most: gaps.max / 1e6 },
}
connections.close()
console.log(JSON.stringify(found))

async function post({ rate, seconds }: { readonly rate: number; readonly seconds: number }) {
  const arrivals = arrivalTimes(rate, seconds)
  const pending: Promise<void>[] = []
  let next = 0
  while (next < arrivals.length) {
    const now = performance.now() - started
    for (; (arrivals[next] ?? Number.POSITIVE_INFINITY) <= now; next++) {
      const due = started + (arrivals[next] ?? 0)
      lateMs.push(performance.now() - due)
      pending.push(postOne(next % callers.length, due))
    }
    await delay(1)
  }
  await Promise.all(pending)
}

/** Milliseconds from the beginning, at random and independent of each other, as those of many callers are (Poisson). */
function arrivalTimes(rate: number, seconds: number): number[] {
  const random = createMersenneTwister(1)
  const times: number[] = []
  for (let at = 0; at < seconds * 1_000; ) {
    times.push(at)
    at += (-Math.log((random() + 1) / (2 ** 32 + 1)) * 1_000) / rate
  }
  return times
}

async function postOne(caller: number, due: number): Promise<void> {
  const { userId, key } = callers[caller] ?? fail()
  await timed(due, async () => {
    const body = requestOf(userId)
    const head = `POST /v1/jobs HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json`
    const { status, location } = await connections.ask(
      `${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
    const id = /^\/v1\/jobs\/(.+)$/.exec(location)?.[1]
    if (status === 202 && id !== undefined) jobs.push({ id, caller })
    return status === 202 ? undefined : String(status)
  })
}

/** As today's front end asks. */
function requestOf(userId: string): string {
  return JSON.stringify({
    job_type: 'sdxl_image_high',
    prompt: 'portrait of a woman in a garden at dusk, soft light, 85mm, shallow depth of field',
    negative_prompt: 'blurry, low quality',
    reference_image_url: `user-library/${userId}/reference.png`,
    ...{ denoise_strength: 0.45, steps: 25, aspect_ratio: '1:1', content_mode: 'sfw' },
    metadata: { source: 'bench', session: 'a4c1', slot: 3 },
  })
}

async function read({ seconds, jobs }: { readonly seconds: number; readonly jobs: string }) {
  const asked = jobsSchema.parse(JSON.parse(await readFile(jobs, 'utf8')))
  const until = performance.now() + seconds * 1_000
  let next = 0
  const readOn = async () => {
    while (performance.now() < until) {
      const { id, caller } = asked[next++ % asked.length] ?? fail()
      await readOne(id, callers[caller] ?? fail())
    }
  }
  await Promise.all(Array.from({ length: task.connections }, readOn))
}

async function readOne(id: string, { key }: Callers[number]): Promise<void> {
  await timed(performance.now(), async () => {
    const head = `GET /v1/jobs/${id} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}`
    const { status } = await connections.ask(`${head}\r\n\r\n`)
    return status === 200 ? undefined : String(status)
  })
}

/** @param ask says what was wrong with the answer. */
async function timed(from: number, ask: () => Promise<string | undefined>): Promise<void> {
  const wrong = await ask().catch((error: Error) => error.name)
  if (wrong === undefined) latencyMs.push(performance.now() - from)
  else errors[wrong] = (errors[wrong] ?? 0) + 1
}

function fail(): never {
  throw new Error('there is nobody to call, or nothing to ask for')
}
