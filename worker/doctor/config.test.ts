import { expect, it } from 'vitest'
import { readConfig } from './config.ts'

it('reads GPUS as a worker does, which then wants CUDA on those whatever the environment lets be seen', () => {
  const { gpus, device, visibleGpus } = readConfig({ GPUS: '1,0', CUDA_VISIBLE_DEVICES: '' })
  expect([gpus, device, visibleGpus]).toEqual([[1, 0], 'cuda', undefined])
  const unset = readConfig({ GPUS: '', CUDA_VISIBLE_DEVICES: '' })
  expect([unset.gpus, unset.device, unset.visibleGpus]).toEqual([undefined, 'auto', ''])
})

it.each([
  [{ GPUS: '1,1' }, /^In the environment: GPUS must be numbers of GPUs as nvidia-smi lists them/],
  [{ GPUS: '0', DEVICE: 'cpu' }, /GPUS is for DEVICE=cuda, and DEVICE is cpu/],
  [{ GPUS: '0', CUDA_VISIBLE_DEVICES: '0' }, /both choose GPUs/],
])('refuses %j', (variables, sentence) => {
  expect(() => readConfig(variables)).toThrow(sentence)
})
