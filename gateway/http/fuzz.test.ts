import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLog } from '#platform/log.ts'
import { type TestGateway, testGateway } from '../gateway.case.ts'
import { anyRequest } from './any-request.case.ts'
import { type Client, checkedClient, read, recordOf } from './conforms.case.ts'

/** What the gateway itself says of a fault, of which its caller is told nothing. */
const told: string[] = []
const log = createLog({ level: 'error', destination: { write: (line) => void told.push(line) } })
let gateway: TestGateway
let client: Client
let isOver = false
let working: Promise<void>

beforeAll(async () => {
  gateway = await testGateway({
    log,
    variables: { MAX_OPEN_JOBS: '1000000', MAX_WAITING: '1000000', DRAIN_MS: '0' },
  })
  client = await checkedClient(gateway.url)
  // Surfaces whose clients wait for their pictures are to be answered.
  const worker = await gateway.worker('w1')
  const work = async () => {
    while (!isOver) await gateway.work(worker, 0)
  }
  working = work()
})
afterAll(async () => {
  isOver = true
  await working
  await gateway[Symbol.asyncDispose]()
})

/** FUZZ_SECONDS=60 npx vitest run gateway/http/fuzz.test.ts */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 4)
const AT_ONCE = 8

it(
  `answers whatever is asked as its document says, and never with a fault of its own, for ${SECONDS} s`,
  async () => {
    const init = { headers: { 'content-type': 'application/json' }, body: '{"prompt":"a cat"}' }
    const made = await client.ask('POST', '/v1/jobs', init)
    const requests = anyRequest(client.document, [String(recordOf(made.body).jobId)])
    const statuses = new Map<string, number>()
    const wrong: string[] = []
    const end = performance.now() + SECONDS * 1_000
    let seed = 1
    // A machine that is busy may not come to a job that is accepted in that time.
    const isDone = () => performance.now() > end && statuses.has('202 ')
    const fuzz = async () => {
      while (!isDone() && wrong.length === 0) {
        const mine = seed++
        for (const { method, path, init } of fc.sample(requests, { numRuns: 20, seed: mine })) {
          const signal = AbortSignal.timeout(20_000)
          const response = await fetch(gateway.url + path, { ...init, method, signal })
          const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
          if (isStream) {
            await response.body?.cancel()
            continue
          }
          const answer = await read(response)
          const key = `${response.status} ${recordOf(answer.body).code ?? ''}`
          statuses.set(key, (statuses.get(key) ?? 0) + 1)
          const faults = client.faultsOf(method, path, answer)
          // Who asks for one provider and no other, and there is none of it, is told so by 503.
          const isOurs = answer.status >= 500 && recordOf(answer.body).code !== 'no-provider'
          if (!isOurs && faults.length === 0) continue
          wrong.push(
            `seed ${mine}: ${method} ${path} ${JSON.stringify(init)}: ${faults} ${answer.text}`,
          )
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, fuzz))
    expect([...wrong, ...told]).toEqual([])
    const count = [...statuses.values()].reduce((sum, n) => sum + n, 0)
    if (SECONDS > 10) console.info(count, Object.fromEntries(statuses))
    expect(count).toBeGreaterThan(100)
  },
  SECONDS * 1_000 + 60_000,
)
