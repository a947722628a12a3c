import { expect, test } from 'vitest'
import { parseGpus } from './gpu-list.ts'

// Values as people published them from their machines, put in the order of our query.

test('a data centre card of driver 580 is read in bytes', () => {
  expect(parseGpus('NVIDIA H100 80GB HBM3, 580.95.05, 81559, 81079, Disabled, 9.0\n')).toEqual([
    {
      name: 'NVIDIA H100 80GB HBM3',
      driver: '580.95.05',
      memory: 81559 * 2 ** 20,
      freeMemory: 81079 * 2 ** 20,
      computeCapability: '9.0',
      isSliced: false,
    },
  ])
})

test('each of several cards is read, also where units are written', () => {
  const gpus = parseGpus(
    'NVIDIA GeForce RTX 4090, 550.107.02, 24564 MiB, 24552 MiB, [N/A], 8.9\nNVIDIA RTX A4000, 550.107.02, 16376 MiB, 16000 MiB, [N/A], 8.6\n',
  )
  expect(gpus.map(({ name, memory }) => [name, memory])).toEqual([
    ['NVIDIA GeForce RTX 4090', 24564 * 2 ** 20],
    ['NVIDIA RTX A4000', 16376 * 2 ** 20],
  ])
})

test('a sliced card in a container does not tell its memory', () => {
  // mcmonkeyprojects/SwarmUI (then Stability-AI/StableSwarmUI) #388: driver 535, MIG, Kubernetes.
  const csv =
    'NVIDIA A100-SXM4-80GB, 535.161.08, [Insufficient Permissions], [Insufficient Permissions], Enabled, 8.0'
  expect(parseGpus(csv)).toMatchObject([
    { driver: '535.161.08', memory: undefined, freeMemory: undefined, isSliced: true },
  ])
})

test("a card whose memory is the machine's does not tell it either", () => {
  // unslothai/unsloth #10703: DGX Spark.
  expect(parseGpus('NVIDIA GB10, 580.126.09, [N/A], [N/A], [N/A], 12.1')).toMatchObject([
    { name: 'NVIDIA GB10', memory: undefined, computeCapability: '12.1', isSliced: false },
  ])
})

test('an old nvidia-smi is asked for less and leaves the rest open', () => {
  expect(parseGpus('Tesla T4, 470.182.03, 15109, 15106\n')).toMatchObject([
    { name: 'Tesla T4', computeCapability: undefined, isSliced: false },
  ])
})

test.each([
  'No devices were found\n',
  'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 535.161\n',
  'Field "compute_cap" is not a valid field to query.\n\n',
  '',
])('complaint %# is no card', (said) => {
  expect(parseGpus(said)).toEqual([])
})
