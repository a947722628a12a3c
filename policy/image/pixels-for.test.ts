import { expect, it } from 'vitest'
import type { RgbImage } from '#contract'
import { pixelsFor } from './pixels-for.ts'
import type { InputSettings } from './settings.ts'

const input: InputSettings = {
  ...{ width: 2, height: 1, resize: 'stretch', filter: 'linear', layout: 'nchw', channels: 'rgb' },
  ...{ mean: [0, 0, 0], std: [1, 1, 1] },
}
/** Red, then blue with a little green. */
const two: RgbImage = { width: 2, height: 1, data: new Uint8Array([255, 0, 0, 0, 51, 255]) }
const rounded = (image: RgbImage, given: Partial<InputSettings>) =>
  [...pixelsFor(image, { ...input, ...given })].map((value) => Math.round(value * 100) / 100)

it('puts channel after channel, or pixel after pixel', () => {
  expect(rounded(two, {})).toEqual([1, 0, 0, 0.2, 0, 1])
  expect(rounded(two, { layout: 'nhwc' })).toEqual([1, 0, 0, 0, 0.2, 1])
})

it('turns the channels round, whose means and deviations are in the turned order then', () => {
  const mean = [0, 0, 1] as const
  const std = [1, 2, 0.5] as const
  expect(rounded(two, { channels: 'bgr', mean, std })).toEqual([0, 1, 0, 0.1, 0, -2])
})

it('distorts, or cuts the sides off', () => {
  const wide: RgbImage = {
    ...{ width: 4, height: 1 },
    data: new Uint8Array([0, 100, 100, 200].flatMap((grey) => [grey, grey, grey])),
  }
  const one = { width: 1, height: 1 }
  const [stretched] = rounded(wide, one)
  const [covered] = rounded(wide, { ...one, resize: 'cover' })
  expect([stretched, covered]).toEqual([0.39, 0.39])
  const left: RgbImage = { ...wide, data: new Uint8Array(wide.data).fill(255, 0, 3) }
  expect(rounded(left, one)[0]).toBeGreaterThan(0.5)
  expect(rounded(left, { ...one, resize: 'cover' })[0]).toBe(0.39)
})
