import { expect, test } from 'vitest'
import { chooseSize, requireSizeForm } from './choose-size.ts'

const photo = { width: 4032, height: 3024 }
const modify = { mode: 'modify', photo, nativeSize: 1024 } as const

test('a photo is changed at the nearest size that SDXL was trained on, unless another was asked for', () => {
  expect(chooseSize({}, modify)).toEqual({ width: 1152, height: 896 })
  expect(chooseSize({ aspect: '1:1' }, modify)).toEqual({ width: 1024, height: 1024 })
  expect(chooseSize({ size: '640X 512' }, modify)).toEqual({ width: 640, height: 512 })
})

test('a copy has the photo’s own aspect, and a picture from nothing is square', () => {
  expect(chooseSize({}, { ...modify, mode: 'copy' })).toEqual({ width: 1184, height: 888 })
  const nothing = { mode: 'txt2img', photo: undefined, nativeSize: 128 } as const
  expect(chooseSize({}, nothing)).toEqual({ width: 128, height: 128 })
})

test('sizes that no picture can have are refused', () => {
  expect(() => chooseSize({ size: '1001x770' }, modify)).toThrow('The nearest is 1000 × 768.')
  for (const size of ['', '64', '64x', '-64x64', '64x64x64', 'x'.repeat(99)]) {
    expect(() => requireSizeForm({ size })).toThrow('--size must be of the form 1024x768, not "')
  }
  expect(() => requireSizeForm({ aspect: '9:1' })).toThrow('Stay within 5:1')
})
