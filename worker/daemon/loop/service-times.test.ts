import { expect, it } from 'vitest'
import { createServiceTimes, type Work } from './service-times.ts'

const square: Work = { mode: 'modify', size: { width: 1024, height: 1024 }, images: 1 }
const copy: Work = { ...square, mode: 'copy' }

it('follows the newest times of a class by a fifth each, an image', () => {
  const times = createServiceTimes()
  times.took(square, 5)
  times.took({ ...square, images: 2 }, 20)
  expect(times.all()).toEqual([{ mode: 'modify', size: '1024x1024', seconds: 6 }])
  expect(times.expected({ ...square, images: 3 })).toBeCloseTo(18, 9)
})

it('expects of a class that is not known the mean of those that are, and nothing where none is', () => {
  const times = createServiceTimes()
  expect(times.expected(copy)).toBe(0)
  times.took(square, 4)
  times.took(copy, 1)
  const tall: Work = { ...square, size: { width: 832, height: 1216 }, images: 2 }
  expect(times.expected(tall)).toBe(5)
  expect(times.expected(undefined)).toBe(2.5)
})

it('remembers as many classes as there are trained ones, however many sizes are asked for', () => {
  const times = createServiceTimes()
  for (let i = 1; i <= 100; i++) times.took({ ...square, size: { width: 8 * i, height: 512 } }, i)
  const sizes = times.all().map(({ size }) => size)
  expect([sizes.length, sizes.at(-1)]).toEqual([32, '800x512'])
})
