import fc from 'fast-check'
import { expect, it } from 'vitest'
import { imageSeed, LAST_SEED } from './seeds.ts'

const seedsFrom = (seed: number) => Array.from({ length: 6 }, (_, i) => imageSeed(seed, i))

it('counts up, and goes on from 0 after the last seed', () => {
  expect(seedsFrom(0)).toEqual([0, 1, 2, 3, 4, 5])
  expect(seedsFrom(2 ** 32 - 2).slice(0, 3)).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32])
  expect(seedsFrom(LAST_SEED - 5)).toEqual([5, 4, 3, 2, 1, 0].map((less) => LAST_SEED - less))
  expect(seedsFrom(LAST_SEED - 2)).toEqual([LAST_SEED - 2, LAST_SEED - 1, LAST_SEED, 0, 1, 2])
  expect(seedsFrom(LAST_SEED)).toEqual([LAST_SEED, 0, 1, 2, 3, 4])
})

it('gives each image a seed of its own, whose low 32 bits count up whatever the seed', () => {
  const near = fc.oneof(
    fc.maxSafeNat(),
    fc.nat(10).map((less) => LAST_SEED - less),
  )
  const property = fc.property(near, (seed) => {
    const seeds = seedsFrom(seed)
    expect(new Set(seeds).size).toBe(6)
    const low = seeds.map((each) => BigInt.asUintN(32, BigInt(each)))
    expect(low).toEqual(seeds.map((_, i) => BigInt.asUintN(32, BigInt(seed) + BigInt(i))))
    expect(seeds.every((each) => each >= 0 && Number.isSafeInteger(each))).toBe(true)
  })
  fc.assert(property)
})
