import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '#platform/log.ts'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { readGatewayConfig } from './config.ts'
import { openPostgres } from './database/postgres.ts'
import { postgresMissing } from './database/private-postgres.case.ts'
import { testPostgres } from './database/test-database.case.ts'
import { SECRET } from './gateway.case.ts'
import { runGateway } from './gateway.ts'
import { JOINING } from './join-gateways.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-late-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** As `npm run gateway` runs one; it takes its port before it waits for anything. */
function start(variables: Record<string, string>) {
  const drain = new AbortController()
  const lines: { readonly msg: string; readonly port?: number }[] = []
  const log = createLog({ destination: { write: (line) => void lines.push(JSON.parse(line)) } })
  const config = readGatewayConfig({
    ...{ DATA_FOLDER: folder, GATEWAY_PORT: '0', DRAIN_DELAY_MS: '0', DRAIN_MS: '1000' },
    ...{ GATEWAY_SECRET: SECRET, KEY_PEPPER: SECRET, ...variables },
  })
  const signals = { drain: drain.signal, kill: new AbortController().signal }
  const ended = runGateway(config, { log, ...signals })
  ended.catch(() => {})
  const count = (event: string) => lines.filter(({ msg }) => msg === event).length
  const port = () => lines.find(({ msg }) => msg === 'starting')?.port
  return {
    ended,
    count,
    async ask(path: string, init: RequestInit = {}) {
      await expect.poll(port).toBeDefined()
      const answer = await fetch(`http://127.0.0.1:${port()}${path}`, init)
      const body: unknown = await answer.json()
      return { status: answer.status, body, retryAfter: answer.headers.get('retry-after') }
    },
    async [Symbol.asyncDispose]() {
      drain.abort()
      await ended.catch(() => {})
    },
  }
}

const patient = { interval: 100 }
const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }

describe.skipIf(postgresMissing)('a gateway whose database is away when it starts', () => {
  it('lives, says what it waits for, and goes on when it comes', async () => {
    const server = await testPostgres()
    await server.create('late')
    await server.kill()
    await using gateway = start({ FAL_KEY: 'a:b', DATABASE_URL: server.url('late') })
    await expect.poll(() => gateway.count('waiting for the database'), patient).toBeGreaterThan(0)
    expect(await gateway.ask('/health')).toMatchObject({ status: 200 })
    expect(await gateway.ask('/ready')).toMatchObject({
      ...{ status: 503, retryAfter: '5' },
      body: { status: 'starting', database: 'down', reason: expect.stringMatching(/DATABASE_URL/) },
    })
    const refused = await gateway.ask('/v1/jobs', post)
    expect(refused).toMatchObject({ status: 503, body: { code: 'database-unavailable' } })
    expect(JSON.stringify(refused)).not.toMatch(/ECONN|127\.0/)
    await server.restart()
    await expect.poll(async () => (await gateway.ask('/ready')).status, patient).toBe(200)
    expect(gateway.count('database has come')).toBe(1)
  })

  it('waits for one that dies between two steps of the start, too', async () => {
    const server = await testPostgres()
    await server.create('dying')
    // Whoever holds the lock lets nobody join.
    const other = openPostgres({ url: server.url('dying'), connections: 1 })
    const letGo = new AbortController()
    const held = other.transaction(async (sql) => {
      await sql.query('select pg_advisory_xact_lock($1)', [JOINING])
      await new Promise((resolve) => letGo.signal.addEventListener('abort', resolve))
    })
    held.catch(() => {})
    await using gateway = start({ FAL_KEY: 'a:b', DATABASE_URL: server.url('dying') })
    const watching = openPostgres({ url: server.url(), connections: 1 })
    const waiting = () =>
      watching.query("select 1 from pg_locks where locktype = 'advisory' and not granted")
    await expect.poll(async () => (await waiting()).length, patient).toBe(1)
    await server.kill()
    await expect.poll(() => gateway.count('waiting for the database'), patient).toBeGreaterThan(0)
    expect(gateway.count('migrated')).toBe(1)
    letGo.abort()
    await Promise.all([other, watching].map((each) => each[Symbol.asyncDispose]()))
    await server.restart()
    await expect.poll(() => gateway.count('listening'), patient).toBe(1)
    expect(await gateway.ask('/ready')).toMatchObject({ status: 200 })
  })

  it('ends when it is told to, though it waits', async () => {
    await using gateway = start({ FAL_KEY: 'a:b', DATABASE_URL: 'postgres://u@127.0.0.1:1/d' })
    await expect.poll(() => gateway.count('waiting for the database'), patient).toBeGreaterThan(0)
    await gateway[Symbol.asyncDispose]()
    expect(await gateway.ended).toBe('drained')
  })

  it('does not wait for one that will not have it, and says what to mend', async () => {
    const server = await testPostgres()
    await using gateway = start({ FAL_KEY: 'a:b', DATABASE_URL: server.url('nowhere') })
    await expect(gateway.ended).rejects.toThrow('DATABASE_URL cannot be used. There is no such')
  })
})

describe.skipIf(postgresMissing)('gateways on one database', () => {
  it.each(['GATEWAY_SECRET', 'KEY_PEPPER'])('have the same %s, or do not start', async (name) => {
    const server = await testPostgres()
    await server.create(name.toLowerCase())
    const variables = { FAL_KEY: 'a:b', DATABASE_URL: server.url(name.toLowerCase()) }
    const other = { ...variables, [name]: 'another secret of thirty-two chars' }
    await using first = start(variables)
    await expect.poll(() => first.count('listening'), patient).toBe(1)
    await using second = start(variables)
    await expect.poll(() => second.count('listening'), patient).toBe(1)
    const refused = start(other)
    await expect(refused.ended).rejects.toThrow(
      `Another gateway on this database has another ${name}`,
    )
    await second[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
    // Those that have left count no more, so that it can be changed.
    await using changed = start(other)
    await expect.poll(() => changed.count('listening'), patient).toBe(1)
  })
})

describe.skipIf(privateRedisMissing ?? postgresMissing)(
  'a gateway whose Redis is away when it starts',
  () => {
    it('says so where nobody else could draw, and goes on when it comes', async () => {
      await using redis = await privateRedis('--appendonly', 'yes')
      await redis.kill()
      const server = await testPostgres()
      await server.create('no_redis')
      await using gateway = start({ REDIS_URL: redis.url, DATABASE_URL: server.url('no_redis') })
      await expect.poll(() => gateway.count('listening'), patient).toBe(1)
      expect(await gateway.ask('/ready')).toMatchObject({
        status: 503,
        body: { status: 'unready', queue: 'down', reason: expect.stringMatching(/REDIS_URL/) },
      })
      await redis.restart()
      await expect
        .poll(async () => (await gateway.ask('/ready')).body, patient)
        .toMatchObject({
          status: 'ready',
        })
      await expect.poll(() => gateway.count('redis has come'), patient).toBe(1)
    })

    it('says so where it comes back with settings that would lose jobs, until they are mended', async () => {
      await using redis = await privateRedis('--appendonly', 'yes')
      const server = await testPostgres()
      await server.create('unsafe_redis')
      const variables = { REDIS_URL: redis.url, DATABASE_URL: server.url('unsafe_redis') }
      await using gateway = start({ ...variables, FAL_KEY: 'a:b' })
      const ready = async () => await gateway.ask('/ready')
      await expect.poll(ready, patient).toMatchObject({ status: 200, body: { status: 'ready' } })
      expect((await ready()).body).not.toHaveProperty('notes')

      await redis.restart('--maxmemory-policy', 'allkeys-lru')
      await expect.poll(ready, patient).toMatchObject({
        status: 503,
        body: { status: 'unready', queue: 'up', reason: expect.stringMatching(/noeviction/) },
      })
      expect(gateway.count('redis would lose jobs')).toBe(1)

      await redis.restart('--appendonly', 'no')
      await expect.poll(ready, patient).toMatchObject({
        status: 200,
        body: { status: 'ready', notes: [expect.stringMatching(/appendonly yes/)] },
      })
      expect(gateway.count('redis is safe again')).toBe(1)
    })
  },
)
