import { expect, test } from 'vitest'
import { sdxlUNet } from '#models/networks/unet.ts'
import { sinusoid } from './sinusoid.ts'
import { conditioning } from './size-conditioning.ts'

const pooled = Float32Array.from({ length: 1280 }, (_, i) => i / 1280)
const size = { height: 832, width: 1216 }

test('SDXL is told the pooled prompt, then original size, crop and target size, heights first', () => {
  const vector = conditioning(pooled, { ...size, role: 'prompt' }, sdxlUNet)
  expect(vector).toHaveLength(2816)
  expect(vector.subarray(0, 1280)).toEqual(pooled)
  expect(idsOf(vector)).toEqual([832, 1216, 0, 0, 832, 1216])
  expect(conditioning(pooled, { ...size, role: 'negative' }, sdxlUNet)).toEqual(vector)
})

test.each([
  ['prompt', 6],
  ['negative', 2.5],
] as const)(
  'a network of five numbers is told the aesthetic score of its %s: %f',
  (role, score) => {
    const refiner = { ...sdxlUNet, conditioningWidth: 2560 }
    const vector = conditioning(pooled, { ...size, role }, refiner)
    expect(vector).toHaveLength(2560)
    expect(idsOf(vector)).toEqual([832, 1216, 0, 0, score])
  },
)

/** Which numbers the embeddings behind the pooled prompt are of. */
function idsOf(vector: Float32Array): (number | undefined)[] {
  const known = new Map([0, 2.5, 6, 832, 1216].map((id) => [String(sinusoid(id, 256)), id]))
  const count = (vector.length - 1280) / 256
  return Array.from({ length: count }, (_, i) =>
    known.get(String(vector.subarray(1280 + i * 256, 1280 + (i + 1) * 256))),
  )
}
