import { describe, expect, it } from 'vitest'
import { readEmbeddedConfig } from './config.ts'

describe('the environment of npm start', () => {
  it('needs nothing, and keeps everything under one folder', () => {
    const config = readEmbeddedConfig({})
    expect(config).toMatchObject({
      gateway: {
        ...{
          host: '127.0.0.1',
          port: 8787,
          dataFolder: '.data',
          redisUrl: 'redis://in-this-process',
        },
        storage: { folder: '.data/files' },
        routing: { order: ['local-sdxl'] },
        drain: { delayMs: 300, mostMs: 3_000 },
      },
      worker: { storageFolder: '.data/files', drainMs: 3_000 },
      ...{ hasEnhancer: false, unread: [] },
    })
    expect([config.worker.port, config.checkpoint]).toEqual([undefined, undefined])
  })

  it('puts pictures where the gateway serves them from, wherever that is', () => {
    const ofData = readEmbeddedConfig({ DATA_FOLDER: '/kept', STORAGE_FOLDER: '' })
    expect(ofData.worker.storageFolder).toBe('/kept/files')
    const named = readEmbeddedConfig({ DATA_FOLDER: '/kept', STORAGE_FOLDER: '/pictures' })
    expect([named.worker.storageFolder, named.gateway.storage.folder]).toEqual([
      '/pictures',
      '/pictures',
    ])
  })

  it('takes what either side is told, and tells of what neither reads', () => {
    const config = readEmbeddedConfig({
      ...{ WORKER_PORT: '7000', SDXL_CHECKPOINT: '/lustify.safetensors', QWEN_PATH: '/qwen' },
      ...{ FAL_KEY: 'a:b', REDIS_URL: 'redis://elsewhere', DRAIN_MS: '9000' },
      SUPABASE_URL: 'https://project.supabase.co',
    })
    expect(config).toMatchObject({
      gateway: { routing: { order: ['local-sdxl', 'fal-ai'] }, drain: { mostMs: 9_000 } },
      worker: { port: 7_000, drainMs: 9_000, supabase: undefined },
      ...{ checkpoint: '/lustify.safetensors', hasEnhancer: true, unread: ['REDIS_URL'] },
    })
  })

  it('says everything that is wrong with a side at once', () => {
    const read = () => readEmbeddedConfig({ GATEWAY_PORT: 'here', DATABASE_URL: 'mysql://x' })
    expect(read).toThrow(/In the environment: .*GATEWAY_PORT must be a whole number/)
    expect(read).toThrow(/DATABASE_URL must be postgres/)
    expect(() => readEmbeddedConfig({ THREADS: 'all' })).toThrow(/THREADS must be a whole number/)
  })
})
