import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectRedis } from '#platform/redis/connect.ts'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { SERVICE_KEY, supabaseStub } from '#platform/storage/supabase-stub.case.ts'
import { temporaryFolder } from '#worker/cli/i2i.case.ts'
import { readConfig } from './config.ts'
import { checkRedis, checkSettings, checkStorage } from './worker-checks.ts'

const least = {
  ...{ REDIS_URL: 'redis://127.0.0.1:1', SDXL_CHECKPOINT: 'sdxl.safetensors' },
  ...{ CHECKPOINT_CONTENT: 'sfw', DEVICE: 'cpu' },
}
const given = (more: NodeJS.ProcessEnv = {}) => ({ config: readConfig({ ...least, ...more }) })

it('says nothing of a worker where none is meant', async () => {
  const config = readConfig({ SDXL_CHECKPOINT: 'sdxl.safetensors' })
  expect([
    checkSettings({ config }),
    await checkRedis({ config }),
    await checkStorage({ config }),
  ]).toEqual([undefined, undefined, undefined])
})

it('names every setting that would keep a worker from starting', () => {
  expect(checkSettings(given())).toMatchObject({ status: 'ok' })
  const finding = checkSettings(given({ DRAIN_MS: 'soon', LEASE_MS: '1' }))
  expect(finding).toMatchObject({ status: 'wrong', isInTheWay: true })
  expect(finding?.found).toMatch(/LEASE_MS.*DRAIN_MS|DRAIN_MS.*LEASE_MS/s)
})

describe.skipIf(privateRedisMissing)('Redis', () => {
  it('that is safe is well, and one that may forget is warned of or in the way', async () => {
    await using safe = await privateRedis('--appendonly', 'yes')
    expect(await checkRedis(given({ REDIS_URL: safe.url }))).toMatchObject({ status: 'ok' })
    await using drops = await privateRedis('--maxmemory-policy', 'allkeys-lru')
    const found = { status: 'wrong', found: expect.stringContaining('maxmemory-policy') }
    const REDIS_URL = drops.url
    expect(await checkRedis(given({ REDIS_URL }))).toMatchObject({ ...found, isInTheWay: true })
    const bearable = await checkRedis(given({ REDIS_URL, REDIS_ALLOW_UNSAFE: '1' }))
    expect(bearable).toMatchObject({ ...found, isInTheWay: false })
  })

  it('that does not let us in is in the way, and no finding has its password', async () => {
    await using redis = await privateRedis()
    await using owner = connectRedis(redis.url, { purpose: 'worker', name: 'owner' })
    await owner.call('CONFIG', 'SET', 'requirepass', 'right')
    const REDIS_URL = redis.url.replace('//', '//:hush@')
    const finding = await checkRedis(given({ REDIS_URL }))
    expect(finding).toMatchObject({ status: 'wrong', isInTheWay: true })
    expect(finding?.found).toMatch(/^(?!.*hush).*See to the user and password in REDIS_URL$/)
  })
})

it('bears a Redis that is away, for a worker waits for it', async () => {
  expect(await checkRedis(given())).toMatchObject({
    ...{ status: 'wrong', isInTheWay: false },
    found: expect.stringMatching(/^127\.0\.0\.1:1 does not answer \(.*ECONNREFUSED/),
  })
})

describe('storage', () => {
  it('that takes the key is well, and one that does not is in the way', async () => {
    await using stub = await supabaseStub()
    const supabase = (SUPABASE_SERVICE_KEY: string) =>
      checkStorage(given({ SUPABASE_URL: stub.origin, SUPABASE_SERVICE_KEY }))
    expect(await supabase(SERVICE_KEY)).toMatchObject({ status: 'ok' })
    const finding = await supabase('another-key')
    expect(finding).toMatchObject({ status: 'wrong', isInTheWay: true })
    expect(finding?.found).not.toContain('another-key')
    expect(stub.objects.size).toBe(0)
  })

  it('in a folder is well where it can be made, which it is not yet', async () => {
    await using home = await temporaryFolder()
    const STORAGE_FOLDER = join(home.path, 'files', 'of', 'ours')
    expect(await checkStorage(given({ STORAGE_FOLDER }))).toMatchObject({ status: 'ok' })
    expect(await checkStorage(given({ STORAGE_FOLDER: 'none' }))).toMatchObject({ status: 'ok' })
    expect(await readdir(home.path)).toEqual([])
  })
})
