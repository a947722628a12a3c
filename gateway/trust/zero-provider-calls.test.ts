/** A31 for the gateway: what the floor refuses reaches no provider and no queue, by whichever door it comes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '#platform/log.ts'
import { connectRedis } from '#platform/redis/connect.ts'
import {
  type PrivateRedis,
  privateRedis,
  privateRedisMissing,
} from '#platform/redis/test-server.case.ts'
import { disguises, unreadableUpsideDown } from '../../policy/disguises.case.ts'
import { readGatewayConfig } from '../config.ts'
import type { Database } from '../database/database.ts'
import { testDatabases } from '../database/test-database.case.ts'
import { PNG, SECRET } from '../gateway.case.ts'
import { runGateway } from '../gateway.ts'
import { type FalStub, falStub } from '../providers/fal/fal-stub.case.ts'
import { type ReplicateStub, replicateStub } from '../providers/replicate/replicate-stub.case.ts'

const rules = {
  ...{ version: 'stand-in-1', about: 'Invented words.' },
  ...{ minor: ['zorblat', 'kivstoma'], sexual: ['vexnaro'] },
}

type Body = Readonly<Record<string, unknown>> | FormData
type Door = readonly [path: string, body: (prompt: string) => Body]

const contentModes = ['sfw', 'nsfw'] as const
const edits = [
  {},
  { reference_image_url: 'local/a.png' },
  { reference_image_url: 'local/a.png', exact_copy_mode: true },
] as const

/** Those that look at no picture before they look at the words. */
const doors: readonly Door[] = [
  ...contentModes.flatMap((content_mode) =>
    edits.flatMap((edit): readonly Door[] => [
      ['/v1/jobs', (prompt) => ({ prompt, content_mode, ...edit })],
      [
        '/functions/v1/queue-job',
        (prompt) => ({
          ...{ prompt, job_type: 'sdxl_image_high' },
          metadata: { ...edit, contentType: content_mode },
        }),
      ],
    ]),
  ),
  ['/v1/jobs/preview', (prompt) => ({ prompt })],
  ['/v1/images/generations', (prompt) => ({ prompt })],
  ['/sdapi/v1/txt2img', (prompt) => ({ prompt })],
  ['/functions/v1/replicate-image', (prompt) => ({ prompt, jobType: 'image_high' })],
  ['/functions/v1/fal-image', (prompt) => ({ prompt, modelKey: 'x', jobType: 'image_high' })],
]

const pictureDoors: readonly Door[] = [
  [
    '/v1/images/edits',
    (prompt) => {
      const form = new FormData()
      form.set('prompt', prompt)
      form.set('image', new File([PNG], 'a.png', { type: 'image/png' }))
      return form
    },
  ],
  ['/sdapi/v1/img2img', (prompt) => ({ prompt, init_images: [PNG.toString('base64')] })],
]

const dressed = Object.entries(disguises).map(([name, disguise]) => {
  const isReadable = (word: string) => name !== 'upside down' || !unreadableUpsideDown.test(word)
  const word = ['zorblat', 'kivstoma'].find(isReadable) ?? 'zorblat'
  return `a photo, ${disguise(word)} in the vexnaro garden`
})

describe.skipIf(privateRedisMissing)('what is never made', () => {
  let folder: string
  let database: Database
  let redis: PrivateRedis
  let replicate: ReplicateStub
  let fal: FalStub
  let url: string
  const drain = new AbortController()
  let ended: Promise<unknown>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'i2i-zero-'))
    await writeFile(join(folder, 'stand-in.json'), JSON.stringify(rules))
    const [pglite] = testDatabases
    if (!pglite) throw new Error('there is no database to test on')
    ;[database, redis, replicate, fal] = await Promise.all([
      ...([pglite.open(), privateRedis('--appendonly', 'yes')] as const),
      ...([replicateStub(), falStub()] as const),
    ])
    const config = readGatewayConfig({
      ...{ DATA_FOLDER: folder, GATEWAY_PORT: '0', GATEWAY_SECRET: SECRET, KEY_PEPPER: SECRET },
      ...{ RATE_PER_MINUTE: '1000000', RATE_PER_ADDRESS: '1000000', MAX_OPEN_JOBS: '100000' },
      ...{ DRAIN_DELAY_MS: '0', REDIS_URL: redis.url, REDIS_ALLOW_UNSAFE: '1' },
      ...{ REPLICATE_API_TOKEN: replicate.token, REPLICATE_URL: replicate.baseUrl },
      ...{ FAL_KEY: fal.key, FAL_URL: fal.baseUrl, FAL_REST_URL: fal.restUrl },
      ...{ REPLICATE_CONTENT_MODES: 'sfw,nsfw', FAL_CONTENT_MODES: 'sfw,nsfw' },
      ...{ POLICY_TERMS: folder, POLICY_NSFW_ENABLED: '1', LOCAL_ADULT: '1', LOCAL_ATTESTS: '1' },
      POLICY_NSFW_ATTESTATION: 'A test, which answers for nothing and gives nothing out at all.',
    })
    const port = await new Promise<number>((onReady, reject) => {
      const log = createLog({ level: 'silent' })
      const signals = { drain: drain.signal, kill: drain.signal }
      ended = runGateway(config, { log, database, onReady, ...signals })
      ended.catch(reject)
    })
    url = `http://127.0.0.1:${port}`
  })
  afterAll(async () => {
    drain.abort()
    await ended
    for (const each of [replicate, fal, redis, database]) await each[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const ask = async ([path, bodyOf]: Door, prompt: string) => {
    const body = bodyOf(prompt)
    const isForm = body instanceof FormData
    const response = await fetch(url + path, {
      method: 'POST',
      headers: isForm ? {} : { 'content-type': 'application/json' },
      body: isForm ? body : JSON.stringify(body),
    })
    return { status: response.status, text: await response.text() }
  }
  /** Every refusal that is none. */
  const passed = async (wishes: readonly (readonly [Door, string])[]) => {
    const wrong: string[] = []
    const rest = wishes[Symbol.iterator]()
    const work = async () => {
      for (const [door, prompt] of rest) {
        const { status, text } = await ask(door, prompt)
        const isRefused = status >= 400 && status < 500 && /will not be made|policy/i.test(text)
        if (!isRefused) wrong.push(`${door[0]} ${status} ${JSON.stringify(prompt)}: ${text}`)
      }
    }
    await Promise.all(Array.from({ length: 8 }, work))
    return wrong
  }
  /** Of commands that put an element into a list. */
  const pushes = async () => {
    const connection = connectRedis(redis.url, { purpose: 'gateway', name: 'test' })
    await expect.poll(() => connection.call('PING')).toBe('PONG')
    const stats = String(await connection.call('INFO', 'commandstats'))
    await connection.close()
    const counts = [...stats.matchAll(/cmdstat_[rl]push:calls=(\d+)/g)].map(([, calls]) => calls)
    return counts.reduce((sum, calls) => sum + Number(calls), 0)
  }
  const jobs = async () => (await database.query('select id from i2i.jobs')).length

  it('is refused in every disguise, mode and manner of asking, and nobody is asked to make it', async () => {
    const before = await pushes()
    // Every disguise by every third door, and every door by every third disguise.
    const plain = doors.flatMap((door, at) =>
      dressed.filter((_, i) => i % 3 === at % 3).map((prompt) => [door, prompt] as const),
    )
    const pictured = pictureDoors.flatMap((door) =>
      dressed.filter((_, i) => i % 8 === 0).map((prompt) => [door, prompt] as const),
    )
    expect(await passed([...plain, ...pictured])).toEqual([])
    expect(plain.length).toBeGreaterThan(350)
    expect([replicate.creates.length, fal.submits.length, await jobs()]).toEqual([0, 0, 0])
    // A model's own description is read at the start.
    const asked = [...replicate.asked, ...fal.asked].filter((call) => !call.startsWith('GET '))
    expect(asked).toEqual([])
    expect((await pushes()) - before).toBe(0)
    const events = await database.query(
      `select 1 from i2i.policy_events where outcome = 'refused' and rule like 'minor-%'`,
    )
    expect(events).toHaveLength(plain.length + pictured.length)
  }, 120_000)

  it('is told from what is made, for which a provider is asked', async () => {
    for (const door of doors.filter(([path]) => path === '/v1/jobs').slice(0, 1)) {
      expect((await ask(door, 'a harbour at dawn')).status).toBe(202)
    }
    await expect.poll(() => replicate.creates.length, { timeout: 20_000 }).toBe(1)
    expect(await jobs()).toBe(1)
  })
})
