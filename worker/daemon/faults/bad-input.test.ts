import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identify, memoryQueue, type Queue, type QueueNote } from '#contract'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import { serve, type TestServer } from '#platform/fetch/server.case.ts'
import { createSendCallback } from '#platform/webhook/send-callback.ts'
import { serveOnce } from '#platform/webhook/serve-once.case.ts'
import { runLoop } from '../loop/loop.ts'
import { modify, type TestWorkshop, testWorkshop, txt2img, USER } from '../workshop.case.ts'

/** Planted wherever a producer could put one: none may be in a log. */
const PROMPT = 'heron-that-nobody-may-read'
const TOKEN = 'c2lnbmVkLXVybC10b2tlbg'
const BEARER = 'eyJhbGciOiJIUzI1NiJ9.bearer.signature'
const SECRETS = [PROMPT, TOKEN, BEARER, 'sesame', 'latest/meta-data', 'private-path', 'isAdmin']

const signed = (origin: string, path: string) =>
  `${origin}/private-path/${path}?token=${TOKEN}&X-Amz-Signature=sesame`
const job = (id: string, more: object = {}) => txt2img(id, { prompt: PROMPT, ...more })
const changing = (id: string, reference: string) => modify(id, reference, { prompt: PROMPT })
const deep = (depth: number) => `${'{"a":'.repeat(depth)}"${PROMPT}"${'}'.repeat(depth)}`

/** Elements whose id can be read, and what their callback says. */
const told: readonly (readonly [what: string, code: string, raw: (id: string) => string])[] = [
  ['nesting 1,000 deep', 'request-invalid', (id) => `{"id":"${id}","metadata":${deep(1_000)}}`],
  ['__proto__', 'request-invalid', (id) => `{"id":"${id}","__proto__":{"isAdmin":"${TOKEN}"}}`],
  ['a constructor', 'request-invalid', (id) => job(id, { metadata: { constructor: { a: 1 } } })],
  ['a prompt that is a number', 'request-invalid', (id) => job(id, { prompt: 7 })],
  ['a config that is a text', 'request-invalid', (id) => job(id, { config: PROMPT })],
  ['settings of wrong types', 'request-invalid', (id) => job(id, { config: { seed: [TOKEN] } })],
  ['an unknown job type', 'request-invalid', (id) => job(id, { type: 'rv51_high' })],
  ['a job type for video', 'request-invalid', (id) => job(id, { type: 'wan_video_fast' })],
  ['a climbing path', 'request-invalid', (id) => changing(id, `../../${TOKEN}`)],
  ['a foreign user’s path', 'reference-forbidden', (id) => changing(id, `user-library/a/${TOKEN}`)],
  ['a path to nothing', 'reference-not-found', (id) => changing(id, `${USER}/${TOKEN}.png`)],
  ['a reference that is 404', 'reference-not-found', (id) => changing(id, at('gone'))],
  ['a page of HTML', 'image-unreadable', (id) => changing(id, at('page'))],
  ['11 MB', 'reference-too-large', (id) => changing(id, at('large'))],
  ['a gzip bomb', 'reference-too-large', (id) => changing(id, at('bomb'))],
  ['a picture that is a lie', 'image-unreadable', (id) => changing(id, at('lie'))],
  [
    'the metadata of the cloud',
    'reference-blocked',
    (id) => changing(id, `http://169.254.169.254/latest/meta-data/${TOKEN}`),
  ],
  [
    'credentials in a URL',
    'reference-blocked',
    (id) => changing(id, `http://u:sesame@example.com/`),
  ],
  ['a redirect to that', 'reference-blocked', (id) => changing(id, at('inward'))],
  ['a name of a private host', 'reference-blocked', (id) => changing(id, 'http://inside.test/')],
  // Its first look finds no resolver, and the job is tried again.
  [
    'a name that is private at the second look',
    'reference-blocked',
    (id) => changing(id, rebinding),
  ],
  ['a callback to nowhere', 'request-invalid', (id) => job(id, { callback_url: `ftp://${TOKEN}` })],
]

/** Elements of which nobody can be told. */
const buried: readonly (readonly [what: string, raw: string, reason: string])[] = [
  ['what is not JSON', `draw me a ${PROMPT} ${TOKEN}`, 'unreadable'],
  ['JSON cut short', `{"id":"cut","prompt":"${PROMPT}`, 'unreadable'],
  ['a list of nothing', '[]', 'unreadable'],
  ['a list of null', '[null]', 'unreadable'],
  ['a list of lists', `[[["${PROMPT}"]],[]]`, 'unreadable'],
  ['a number', '7', 'unreadable'],
  ['brackets 100,000 deep', '['.repeat(100_000), 'unreadable'],
  ['an id that climbs', txt2img('../../etc', { prompt: PROMPT }), 'unreadable'],
  ['an id that is an object', `{"id":{"a":"${TOKEN}"},"prompt":"${PROMPT}"}`, 'unreadable'],
  ['__proto__ without an id', `{"__proto__":{"isAdmin":"${TOKEN}"}}`, 'unreadable'],
  ['1 MB of a job', txt2img('large', { prompt: PROMPT.repeat(40_000) }), 'too-large'],
  ['1 MB of no JSON', PROMPT.repeat(40_000), 'too-large'],
]

let server: TestServer
const rebinding = `http://rebind.test/private-path/?token=${TOKEN}`
const at = (path: string) => signed(server.origin, path)

describe('bad input', () => {
  let canary: TestServer
  let receiver: TestServer
  let made: TestWorkshop
  let queue: Queue
  const bodies = new Map<string, string>()
  const crashes: unknown[] = []
  const crashed = (error: unknown) => void crashes.push(error)

  beforeAll(async () => {
    process.on('unhandledRejection', crashed)
    canary = await serve((_, response) => response.end('secret'))
    receiver = await serve(async (request, response) => {
      let body = ''
      for await (const piece of request) body += piece
      bodies.set(JSON.parse(body).job_id, body)
      response.end('{"success":true}')
    })
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    server = await serve(({ url = '' }, response) => {
      if (url.includes('/page')) return response.end(`<html>${PROMPT}</html>`)
      if (url.includes('/large')) return response.end(Buffer.alloc(11_000_000))
      if (url.includes('/lie')) return response.end(`\x89PNG\r\n\x1a\n${PROMPT}`)
      if (url.includes('/bomb'))
        return response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
      if (url.includes('/inward')) {
        const location = `http://169.254.169.254/latest/meta-data/?token=${TOKEN}`
        return response.writeHead(302, { location }).end()
      }
      response.writeHead(404).end(PROMPT)
    })
    let looks = 0
    const guard = createGuardedFetch({
      privateOrigins: [server.origin],
      lookup(hostname, _, callback) {
        if (hostname === 'rebind.test' && looks++ === 0) {
          const away = Object.assign(new Error(`queryA EAI_AGAIN ${TOKEN}`), { code: 'EAI_AGAIN' })
          return callback(away, [])
        }
        callback(null, [{ address: '127.0.0.1', family: 4 }])
      },
    })
    made = await testWorkshop({ guard })
    const { log } = made.workshop
    const note = (each: QueueNote) => {
      if (each.type === 'parked') log.warn('parked', { bytes: each.bytes, reason: each.reason })
    }
    const settings = { blockMs: 50, backoff: { baseMs: 20, mostMs: 20 } }
    const idOf = (raw: string) => identify(raw, () => 'made-up')
    queue = memoryQueue({ settings, idOf, note })
  })
  afterAll(async () => {
    process.off('unhandledRejection', crashed)
    for (const each of [made, receiver, canary, server]) await each[Symbol.asyncDispose]()
  })

  const idOfCase = (i: number) => `case-${i}`

  /** Until nothing waits, in the loop of a worker; then every callback, as the daemon sends it. */
  async function work(): Promise<void> {
    const drain = new AbortController()
    const done = runLoop({
      ...{ queue, worker: queue.worker(`w${Math.random()}`), workshop: made.workshop },
      ...{ drain: drain.signal, kill: new AbortController().signal, beatMs: 20 },
    })
    await expect
      .poll(async () => {
        const { waiting, delayed, active } = await queue.depth()
        return waiting + delayed + active
      })
      .toBe(0)
    drain.abort()
    expect(await done).toBe('drained')
    const { log } = made.workshop
    const scheme = { kind: 'job-callback', secret: 'sesame' } as const
    const url = `${receiver.origin}/private-path?token=${TOKEN}`
    const send = createSendCallback({ receiver: { url, bearer: BEARER, scheme } })
    const service = { callbacks: queue.callbacks, storage: made.storage, log, send, receiver: url }
    const owedStill = async () => {
      await serveOnce({ ...service, body: 'job-callback' })
      return (await queue.depth()).owedCallbacks
    }
    await expect.poll(owedStill, { timeout: 30_000 }).toBe(0)
  }

  it('does not keep a worker from the job behind it', async () => {
    for (const [i, [, , raw]] of told.entries()) await queue.push(raw(idOfCase(i)))
    for (const [, raw] of buried) await queue.push(raw)
    await queue.push(JSON.stringify({ type: 'rv51_high', prompt: PROMPT }))
    await queue.push(JSON.stringify({ type: 'sdxl_image_fast', prompt: PROMPT, id: 'good' }))
    await work()
    expect(await queue.job('good')).toMatchObject({ status: 'completed' })
    expect(JSON.parse(bodies.get('good') ?? '')).toMatchObject({ status: 'completed' })
    // And of what has no id, one who watches the receiver still hears.
    expect(JSON.parse(bodies.get('made-up') ?? '')).toMatchObject({
      status: 'failed',
      metadata: { error_type: 'request-invalid' },
    })
  })

  it.each(told.map(([what, code], i) => [what, code, i] as const))(
    'of %s is told to its receiver as %s',
    async (_, code, i) => {
      const body = JSON.parse(bodies.get(idOfCase(i)) ?? '{}')
      expect(body).toMatchObject({ status: 'failed', assets: [], metadata: { error_type: code } })
      expect(body.error_message).toMatch(/^[A-Za-z_].{10,}/)
      expect(body.error_message).not.toContain(TOKEN)
      expect(body.error_message).not.toContain(PROMPT)
      expect(await queue.job(idOfCase(i))).toMatchObject({ status: 'failed', code })
    },
  )

  it.each(buried)('of %s is a dead letter', async (_, raw, reason) => {
    const letters = await queue.dead.list({ from: 0, count: 100 })
    const [letter] = letters.filter((each) => each.raw === raw)
    expect(letter?.reason).toBe(reason)
    expect(letters).toHaveLength(buried.length)
  })

  it('a hundred times over is a hundred dead letters or failures (A10)', async () => {
    const before = (await queue.dead.list({ from: 0, count: 1_000 })).length
    const callbacks = bodies.size
    for (let i = 0; i < 100; i++) {
      const [, , raw] = told[i % 9] ?? []
      const [, text = ''] = buried[i % buried.length] ?? []
      await queue.push(i % 2 ? `${text} ${i}` : (raw?.(`again-${i}`) ?? ''))
    }
    await work()
    const dead = (await queue.dead.list({ from: 0, count: 1_000 })).length - before
    expect([dead, bodies.size - callbacks]).toEqual([50, 50])
  })

  it('reaches nothing on the inside, crashes nothing, and is nowhere in the log (A29)', () => {
    expect(canary.connections()).toBe(0)
    expect(crashes).toEqual([])
    const log = made.lines.join('\n')
    expect(made.lines.length).toBeGreaterThan(300)
    for (const event of ['parked', 'refused', 'told']) expect(log).toContain(event)
    expect(SECRETS.filter((secret) => log.includes(secret))).toEqual([])
  })
})
