import { expect, test } from 'vitest'
import { preview } from './preview.ts'

const area = { width: 3, height: 2 }

test('latents of zero are the grey that the map begins with', () => {
  const { width, height, data } = preview(new Float32Array(24), area)
  expect([width, height]).toEqual([3, 2])
  // (0.1084 + 1) · 127.5, and so on.
  expect([...data]).toEqual(Array(6).fill([141, 125, 127]).flat())
})

test('each latent colours its own pixel, and no value leaves the bytes', () => {
  const latents = new Float32Array(24)
  // The first channel of the pixel in the second row, third column; the last channel of the first pixel.
  latents[5] = 1
  latents[18] = 9
  const { data } = preview(latents, area)
  expect([...data.subarray(15)]).toEqual([188, 179, 183])
  expect([...data.subarray(0, 3)]).toEqual([0, 0, 0])
  expect([...data.subarray(3, 6)]).toEqual([141, 125, 127])
})
