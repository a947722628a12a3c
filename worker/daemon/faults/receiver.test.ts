import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { memoryQueue, writeResult } from '#contract'
import { serve } from '#platform/fetch/server.case.ts'
import { createSendCallback } from '#platform/webhook/send-callback.ts'
import { serveOnce } from '#platform/webhook/serve-once.case.ts'
import { idOf, type TestWorkshop, testWorkshop, txt2img } from '../workshop.case.ts'

const SECRET = `whsec_${Buffer.from('a key of twenty-four byte').toString('base64')}`
const SECOND = 1_000
const MINUTE = 60 * SECOND

let made: TestWorkshop
beforeAll(async () => {
  made = await testWorkshop()
})
afterAll(() => made[Symbol.asyncDispose]())

/** A finished job whose callback meets these answers, one a try; `hang` never comes. */
async function owed(answers: readonly (number | 'hang')[], timeout = 10_000) {
  const left = [...answers]
  const ids: unknown[] = []
  const receiver = await serve(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    // Throws where the signature does not fit.
    new Webhook(SECRET).verify(body, headers)
    ids.push(headers['webhook-id'])
    const answer = left.shift() ?? 200
    if (answer !== 'hang') response.writeHead(answer).end()
  })
  let now = Date.now()
  const queue = memoryQueue({ idOf, clock: () => now })
  await queue.push(txt2img('1'))
  const worker = queue.worker('a')
  const claim = await worker.take()
  if (!claim) throw new Error('nothing to take')
  await worker.finish(claim, { status: 'completed', result: writeResult({ assets: [] }) })
  const scheme = { kind: 'standard', secrets: [SECRET] } as const
  const service = {
    ...{ callbacks: queue.callbacks, storage: made.storage, log: made.workshop.log },
    ...({ receiver: receiver.origin, body: 'standard' } as const),
    send: createSendCallback({ receiver: { url: receiver.origin, scheme }, timeout }),
  }
  return {
    ids,
    /** Lets time pass, a callback at its time at most. */
    async after(ms: number) {
      now += ms
      await serveOnce(service)
      return ids.length
    },
    state: async () => [(await queue.job('1'))?.status, (await queue.depth()).owedCallbacks],
    [Symbol.asyncDispose]: receiver[Symbol.asyncDispose],
  }
}

it('a receiver that fails four times and then hears is told once more at each wait, under one id (F12, A17)', async () => {
  await using callback = await owed([500, 503, 502, 500])
  expect(await callback.after(0)).toBe(1)
  // Each wait and up to a fifth more: not before it, and not long after it.
  const waits = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 120 * MINUTE]
  for (const [i, wait] of waits.entries()) {
    expect(await callback.after(0.95 * wait)).toBe(i + 1)
    expect(await callback.after(0.26 * wait)).toBe(i + 2)
  }
  expect(new Set(callback.ids).size).toBe(1)
  expect(await callback.state()).toEqual(['completed', 0])
  expect(await callback.after(24 * 60 * MINUTE)).toBe(5)
})

it('a receiver that hangs is given up, and told again; one that is gone is not (F12, A17)', async () => {
  await using hanging = await owed(['hang'], 300)
  expect(await hanging.after(0)).toBe(1)
  expect(await hanging.state()).toEqual(['completed', 1])
  expect(await hanging.after(7 * SECOND)).toBe(2)
  expect(await hanging.state()).toEqual(['completed', 0])
  await using gone = await owed([410])
  expect(await gone.after(0)).toBe(1)
  expect(await gone.after(24 * 60 * MINUTE)).toBe(1)
  expect(await gone.state()).toEqual(['completed', 0])
})
