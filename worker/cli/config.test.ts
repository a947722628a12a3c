import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

test('an environment that names nothing leaves the defaults', () => {
  const config = { device: 'auto', threads: 0, isDebugging: false, folder: process.cwd() }
  const none = { checkpoint: undefined, distillation: undefined, loraCatalogue: undefined }
  const enhancer = { weights: 'auto', template: 'auto', timeoutMs: 2_000 }
  expect(readConfig({})).toEqual({ ...config, ...none, servedSizes: 'any', enhancer })
  expect(readConfig({ DEVICE: '', THREADS: '', SDXL_CHECKPOINT: '' })).toMatchObject(config)
})

test('the caller stood where npm says', () => {
  const { folder, threads } = readConfig({ INIT_CWD: '/home/me', THREADS: '2' })
  expect([folder, threads]).toEqual(['/home/me', 2])
})

test('every problem is listed', () => {
  const problems = [
    'DEVICE must be one of auto, cpu, cuda, webgpu',
    'SDXL_DISTILLATION must be one of lcm, lightning, hyper, dmd2',
    'THREADS must be a whole number from 0 to 256',
  ]
  expect(() => readConfig({ DEVICE: 'gpu', SDXL_DISTILLATION: 'turbo', THREADS: 'two' })).toThrow(
    `In the environment: ${problems.join('; ')}.`,
  )
})
