import { describe, expect, it } from 'vitest'
import { help } from './config/help.ts'
import { variables } from './config/variables.ts'
import { readGatewayConfig } from './config.ts'

const least = { REDIS_URL: 'redis://here:6379' }

describe('the environment of a gateway', () => {
  it('needs no more than somebody who draws', () => {
    const config = readGatewayConfig(least)
    expect(config).toMatchObject({
      ...{ host: '127.0.0.1', port: 8787, publicUrl: undefined, dataFolder: '.data' },
      routing: { order: ['local-sdxl'], defaultDeadlineMs: undefined },
      storage: { folder: '.data/files', s3: undefined, supabase: undefined },
    })
  })

  it('leaves out who is not configured, and sets a deadline where another could take over', () => {
    const { routing } = readGatewayConfig({ ...least, FAL_KEY: 'a:b' })
    expect(routing).toMatchObject({ order: ['local-sdxl', 'fal-ai'], defaultDeadlineMs: 300_000 })
    const order = 'fal-ai, replicate,fal-ai'
    expect(readGatewayConfig({ FAL_KEY: 'a:b', FALLBACK_ORDER: order }).routing.order).toEqual([
      'fal-ai',
    ])
  })

  it('has prices in dollars, by the second or the image', () => {
    const keys = { FAL_KEY: 'a:b', REPLICATE_API_TOKEN: 't' }
    const said = {
      REPLICATE_PRICE: '0.001',
      FAL_PRICES: 'fal-ai/a=0.04/image, fal-ai/b/c=2/second',
    }
    const { replicate, fal } = readGatewayConfig({ ...keys, ...said })
    expect(replicate?.price).toEqual({ microsPerSecond: 1_000 })
    expect(fal?.prices).toEqual({
      'fal-ai/a': { microsPerImage: 40_000 },
      'fal-ai/b/c': { microsPerSecond: 2_000_000 },
    })
    expect(readGatewayConfig({ ...keys, REPLICATE_PRICE: '0.04/image' }).replicate?.price).toEqual({
      microsPerImage: 40_000,
    })
  })

  it('agrees with its workers about the line, by the very same variables', () => {
    const line = { LEASE_MS: '6000', MOST_STALLS: '5', QUEUE_NAME: 'q', QUEUE_POP: 'right' }
    const { queue } = readGatewayConfig({ ...least, ...line })
    // A wait for an element must be over well before half a lease is.
    expect(queue).toEqual({
      name: 'q',
      pop: 'right',
      leaseMs: 6_000,
      mostStalls: 5,
      blockMs: 2_000,
    })
    expect(() => readGatewayConfig({ ...least, LEASE_MS: '10' })).toThrow('LEASE_MS')
  })

  it('counts an empty variable as none', () => {
    expect(readGatewayConfig({ ...least, DATABASE_URL: '', GATEWAY_PORT: '' }).port).toBe(8787)
  })

  it('names every value that is wrong at once', () => {
    const wrong = { ...least, GATEWAY_PORT: 'x', QUEUE_POP: 'up', PUBLIC_URL: 'here' }
    expect(() => readGatewayConfig(wrong)).toThrow(
      'GATEWAY_PORT must be a whole number from 0 to 65535',
    )
    for (const name of ['GATEWAY_PORT', 'QUEUE_POP', 'PUBLIC_URL']) {
      expect(() => readGatewayConfig(wrong)).toThrow(name)
    }
  })

  it.each<[string, Record<string, string>, string]>([
    ['nobody draws', {}, 'nobody is there to draw'],
    ['only those draw who are not asked', { ...least, FALLBACK_ORDER: 'fal-ai' }, 'FALLBACK_ORDER'],
    [
      'a service key has no project',
      { ...least, SUPABASE_SERVICE_KEY: 'k' },
      'without SUPABASE_URL',
    ],
    ['tokens have no issuer', { ...least, SUPABASE_JWT_SECRET: 's' }, 'without SUPABASE_URL'],
    ['callbacks cannot be signed', { ...least, CALLBACK_HOSTS: 'a.com' }, 'JOB_CALLBACK_SECRET'],
    ['pictures outlive their rows', { ...least, KEEP_OUTPUTS_DAYS: '100' }, 'KEEP_ROWS_DAYS'],
    ['health is written nowhere', { ...least, WRITE_SYSTEM_CONFIG: '1' }, 'DATABASE_URL'],
    ['a bucket has no keys', { ...least, S3_BUCKET: 'b' }, 'S3_ACCESS_KEY_ID'],
    ['a price has no unit', { ...least, FAL_PRICES: 'fal-ai/fast-sdxl=1' }, 'FAL_PRICES.0 must be'],
    ['a price is no number', { ...least, REPLICATE_PRICE: 'much' }, 'REPLICATE_PRICE must be US'],
    [
      'a proxy has a name',
      { ...least, TRUSTED_PROXIES: '10.0.0.0/8,lb' },
      'TRUSTED_PROXIES.1 must be',
    ],
    ['a secret can be guessed', { ...least, GATEWAY_SECRET: 'short' }, '32 characters'],
  ])('is refused where %s', (_, environment, sentence) => {
    expect(() => readGatewayConfig(environment)).toThrow(sentence)
  })

  it('may name a project of Supabase for its users alone, beside a bucket elsewhere', () => {
    const bucket = { S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'i', S3_SECRET_ACCESS_KEY: 's' }
    const config = readGatewayConfig({ ...least, ...bucket, SUPABASE_URL: 'https://p.supabase.co' })
    expect(config.callers.supabaseUrl).toBe('https://p.supabase.co')
    expect(config.storage.supabase).toBeUndefined()
    expect(config.storage.s3?.bucket).toBe('b')
  })

  it('is explained, each variable with its default, to who asks for help', () => {
    const text = help()
    for (const name of Object.keys(variables))
      expect(text).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
    expect(text).toMatch(/^ {2}GATEWAY_PORT .*\[8787\]$/m)
  })
})
