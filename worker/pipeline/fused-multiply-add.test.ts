import { expect, test } from 'vitest'
import { fusedMultiplyAdd } from './fused-multiply-add.ts'

const f32 = Math.fround

// a × b is 0.5 less some 2^-44, which a double sum with c loses: it then rounds a tie to even, the
// wrong way.
test.each([
  [0.5000001192092896, 0.9999997615814209, 15524161, 15524161],
  [-0.5000001192092896, 0.9999997615814209, 15524161, 15524161],
  [0.5000001192092896, -0.9999997615814209, -15524161, -15524161],
  [0.5000000596046448, 0.9999998807907104, 10560121, 10560121],
])('rounds %f × %f + %f once, where rounding twice is wrong', (a, b, c, expected) => {
  expect(f32(a * b + c)).not.toBe(expected)
  expect(fusedMultiplyAdd(a, b, c)).toBe(expected)
})

test('rounds a true tie to even', () => {
  expect(fusedMultiplyAdd(0.5, 1, 8388609)).toBe(8388610)
  expect(fusedMultiplyAdd(0.5, 1, 8388608)).toBe(8388608)
  expect(fusedMultiplyAdd(-0.5, 1, 8388609)).toBe(8388608)
})

test('does not round the product before it is added', () => {
  const a = f32(1 + 2 ** -23)
  expect(fusedMultiplyAdd(a, a, -f32(a * a))).toBe(2 ** -46)
})
