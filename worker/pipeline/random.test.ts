import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createGenerator } from './random.ts'

function sha256(values: Float32Array): string {
  return createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex').slice(0, 16)
}

describe('equals torch 2.13 on CPU, bit for bit', () => {
  // sha256(torch.randn(count,
  // generator=torch.Generator('cpu').manual_seed(seed)).numpy().tobytes()), twice.
  test.each([
    [0n, 5, '210d4d6ce714b814', '106bcdd12bd53728'],
    [0n, 17, '6d2169852e19b6d1', '21d4e8b5ec3c1d2d'],
    [0n, 65536, '33e5e1492edd7110', '591b3e113f94efd2'],
    [42n, 5, 'af33577995d9ae23', 'd547d159ff51c8e5'],
    [42n, 17, '2ae700cddb7c7bef', '9ab49c1c5d40c09b'],
    [42n, 468, '8ba9b609c9ddef40', 'ef0874708b44215a'],
    [42n, 63232, '4fcc77a776064ab2', '0470c12b0832fcaa'],
    [42n, 65536, '23c72e908d9e3fbe', 'd1fac41d66195e7e'],
    [1234n, 65536, 'd347e1a605b8d6fe', '88962ae9b1dde4d0'],
    [4294967338n, 468, '8ba9b609c9ddef40', 'ef0874708b44215a'],
    [9223372036854775807n, 65536, '50fc171a2e2a930b', 'dd3d91c83dd7aedb'],
    [-1n, 5, 'e7db5f87935fe6b9', 'f60fe871444256f5'],
    [-1n, 468, '9108942653bfa881', '1932a515e3a3cfa1'],
  ])('seed %i, two draws of %i', (seed, count, first, second) => {
    const random = createGenerator(seed)
    expect(sha256(random.normal(count))).toBe(first)
    expect(sha256(random.normal(count))).toBe(second)
  })

  test('the spare normal of a small draw waits while large draws pass', () => {
    const random = createGenerator(9)
    const draws = [3, 16, 20, 1, 7].flatMap((count) => [...random.normal(count)])
    expect(sha256(Float32Array.from(draws))).toBe('b0a15b54c6eeeb61')
  })
})

test('seed 0 starts as everyone knows it', () => {
  const [...start] = createGenerator(0).normal(65536).subarray(0, 4)
  expect(start).toEqual([
    -1.1258398294448853, -1.152360200881958, -0.2505785822868347, -0.4338788092136383,
  ])
})

test('a number and a bigint of the same value are the same seed', () => {
  expect(createGenerator(-1).normal(32)).toEqual(createGenerator(-1n).normal(32))
  expect(createGenerator(2 ** 40 + 5).normal(32)).toEqual(createGenerator(5n).normal(32))
})

test('a batch is the images one after another, where 16 divides an image', () => {
  const batch = createGenerator(3).normal(96)
  const each = createGenerator(3)
  expect([...each.normal(48), ...each.normal(48)]).toEqual([...batch])
})

test('a seed that is no integer is refused', () => {
  expect(() => createGenerator(1.5)).toThrow(RangeError)
})
