/** Generates requests: posts at times that were fixed beforehand, reads as fast as they are answered. */
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import { createMersenneTwister } from '#pipeline/mersenne-twister.ts'
import { type Callers, readCallers } from './callers.ts'
import { jobsSchema, type LoadFound, loadTask } from './load-task.ts'

const task = loadTask.parse(JSON.parse(process.argv[2] ?? ''))
const callers = await readCallers(task.callers)
const pool = new Pool(task.origin, { connections: task.connections, pipelining: 1 })

const latencyMs: number[] = []
const lateMs: number[] = []
const errors: Record<string, number> = {}
const jobs: { id: string; caller: number }[] = []

await connectAll()
const started = performance.now()
const used = process.cpuUsage()
if (task.kind === 'posts') await post(task)
else await read(task)
const { user, system } = process.cpuUsage(used)
const found: LoadFound = {
  ...{ answered: latencyMs.length, errors, tookMs: performance.now() - started, latencyMs, lateMs },
  ...{ processorSeconds: (user + system) / 1e6, jobs },
}
await pool.close()
console.log(JSON.stringify(found))

/** So that no request pays for a connection. */
async function connectAll(): Promise<void> {
  const ask = async () => {
    const { body } = await pool.request({ method: 'GET', path: '/health' })
    await body.dump()
  }
  await Promise.all(Array.from({ length: task.connections }, ask))
}

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
    const { statusCode, headers, body } = await pool.request({
      method: 'POST',
      path: '/v1/jobs',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: requestOf(userId),
    })
    await body.dump()
    const id = /^\/v1\/jobs\/(.+)$/.exec(String(headers.location))?.[1]
    if (statusCode === 202 && id !== undefined) jobs.push({ id, caller })
    return statusCode === 202 ? undefined : String(statusCode)
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
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path: `/v1/jobs/${id}`,
      headers: { authorization: `Bearer ${key}` },
    })
    await body.dump()
    return statusCode === 200 ? undefined : String(statusCode)
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
