import { expect, it } from 'vitest'
import { readDaemonConfig } from './config.ts'

const least = { REDIS_URL: 'redis://here:6379', SDXL_CHECKPOINT: 'sdxl.safetensors' }

it('needs a queue and a checkpoint, and defaults to today’s queue, first in, first out', () => {
  expect(readDaemonConfig(least)).toMatchObject({
    queue: { name: 'sdxl_queue', pop: 'left', leaseMs: 30_000 },
    ...{ port: 7859, drainMs: 25_000, device: 'auto', storageFolder: '.data/files' },
    callback: { by: 'worker', url: undefined, hosts: [] },
  })
  expect(() => readDaemonConfig({ SDXL_CHECKPOINT: '' })).toThrow(
    /REDIS_URL must be set.*SDXL_CHECKPOINT must be set/,
  )
})

it('tells Supabase’s own receiver where its secret is there, with the service key', () => {
  const supabase = { SUPABASE_URL: 'https://x.supabase.co/', SUPABASE_SERVICE_KEY: 'key' }
  expect(readDaemonConfig({ ...least, ...supabase }).callback.url).toBeUndefined()
  const config = readDaemonConfig({ ...least, ...supabase, JOB_CALLBACK_SECRET: 's' })
  expect(config.callback).toMatchObject({
    url: 'https://x.supabase.co/functions/v1/job-callback',
    bearer: 'key',
  })
})

it('puts an engine on each GPU that is named, and then wants CUDA; else leaves both to what is here', () => {
  const gpusOf = (variables: Readonly<Record<string, string>>) => {
    const { gpus, device } = readDaemonConfig({ ...least, ...variables })
    return [gpus, device]
  }
  expect(gpusOf({})).toEqual([undefined, 'auto'])
  expect(gpusOf({ CUDA_VISIBLE_DEVICES: '2,3', GPUS: '' })).toEqual([undefined, 'auto'])
  expect(gpusOf({ GPUS: ' 1, 0' })).toEqual([[1, 0], 'cuda'])
  expect(gpusOf({ GPUS: 'all', DEVICE: 'cuda' })).toEqual(['all', 'cuda'])
})

it.each([
  [{ SUPABASE_URL: 'https://x.supabase.co' }, /belong together/],
  [{ CALLBACK_URL: 'https://a.example/cb' }, /JOB_CALLBACK_SECRET must be set/],
  [{ CALLBACK_HOSTS: '*.example' }, /JOB_CALLBACK_SECRET must be set/],
  [{ QUEUE_POP: 'middle' }, /QUEUE_POP must be one of left, right/],
  [{ PRIVATE_ORIGINS: 'http://minio:9000, minio' }, /PRIVATE_ORIGINS.1 must be an http/],
  [{ GPUS: '0,1', DEVICE: 'cpu' }, /GPUS is for DEVICE=cuda, and DEVICE is cpu: unset one/],
  [{ GPUS: '0', DEVICE: 'webgpu' }, /GPUS is for DEVICE=cuda, and DEVICE is webgpu/],
  [{ GPUS: '0', CUDA_VISIBLE_DEVICES: '1' }, /both choose GPUs: unset one of them/],
  [{ GPUS: '0,1,00' }, /GPUS must be numbers of GPUs as nvidia-smi lists them, each once/],
  [{ GPUS: 'first' }, /GPUS must be numbers/],
  [{ GPUS: '0,all' }, /GPUS must be numbers/],
  [{ GPUS: '0,' }, /GPUS must be numbers/],
  [{ GPUS: '-1' }, /GPUS must be numbers/],
  [{ GPUS: '1.5' }, /GPUS must be numbers/],
  [{ DRAIN_MS: 'soon' }, /DRAIN_MS must be a whole number/],
])('refuses %j with a sentence', (variables, sentence) => {
  expect(() => readDaemonConfig({ ...least, ...variables })).toThrow(sentence)
})

it('listens where a platform wants it to, and at its own port where none does', () => {
  const ports = (variables: Record<string, string>) => {
    const { port, otherPorts } = readDaemonConfig({ ...least, ...variables })
    return [port, ...otherPorts]
  }
  expect(ports({})).toEqual([7859])
  expect(ports({ PORT: '80' })).toEqual([80])
  expect(ports({ PORT: '80', PORT_HEALTH: '81' })).toEqual([81, 80])
  expect(ports({ WORKER_PORT: '7000', PORT: '80', PORT_HEALTH: '80' })).toEqual([7000, 80])
})
