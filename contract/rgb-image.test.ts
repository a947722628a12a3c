import { expect, test } from 'vitest'
import { assertRgbImage } from './rgb-image.ts'

test('three bytes a pixel are a picture', () => {
  assertRgbImage({ width: 2, height: 3, data: new Uint8Array(18) })
})

test.each([
  [2, 3, 17],
  [2, 3, 24],
  [0, 3, 0],
  [-2, -3, 18],
  [1.5, 4, 18],
  [Number.NaN, 3, 18],
  [Number.POSITIVE_INFINITY, 3, 18],
])('a picture of %d × %d cannot have %i bytes', (width, height, length) => {
  expect(() => assertRgbImage({ width, height, data: new Uint8Array(length) })).toThrow(
    `an RGB image of ${width} × ${height} cannot have ${length} bytes`,
  )
})
