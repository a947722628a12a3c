import { expect, test } from 'vitest'
import { readServedSizes, serve } from './served-sizes.ts'

const square = { width: 1024, height: 1024 }
const tall = { width: 832, height: 1216 }

test('reads sizes, and takes the nine that SDXL was trained at where there are none', () => {
  expect(readServedSizes(' 1024x1024, 832×1216', 1024)).toEqual([square, tall])
  expect(readServedSizes(undefined, 1024)).toHaveLength(9)
  expect(readServedSizes(undefined, 1024)).toContainEqual(tall)
  expect(readServedSizes(undefined, 256)).toContainEqual({ width: 208, height: 304 })
  expect(readServedSizes('any', 1024)).toBeUndefined()
})

test.each([
  [
    '1024',
    'SERVED_SIZES has "1024", which is no size: give sizes of the form 1024x768 with commas between them, or any.',
  ],
  ['1024x1024,', 'SERVED_SIZES has "", which is no size'],
  ['1000x1001', 'The nearest is 1000 × 1000.'],
])('refuses %j with the mend', (text, message) => {
  expect(() => readServedSizes(text, 1024)).toThrow(message)
})

test('draws at the nearest of those that are served', () => {
  const served = [square, tall]
  expect(serve({ width: 512, height: 512 }, 'modify', served).drawn).toEqual(square)
  expect(serve({ width: 640, height: 1536 }, 'modify', served).drawn).toEqual(tall)
  expect(serve({ width: 1000, height: 1000 }, 'txt2img', served)).toEqual({
    drawn: square,
    delivered: square,
  })
})

test('brings a copy back to the aspect of its reference', () => {
  const own = { width: 1256, height: 832 }
  const { drawn, delivered } = serve(own, 'copy', readServedSizes(undefined, 1024))
  expect(drawn).toEqual({ width: 1216, height: 832 })
  expect(delivered).toEqual(own)
})

test('draws any size where all are served', () => {
  const odd = { width: 72, height: 2048 }
  expect(serve(odd, 'modify', undefined)).toEqual({ drawn: odd, delivered: odd })
})
