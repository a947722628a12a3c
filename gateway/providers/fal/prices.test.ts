import { expect, test } from 'vitest'
import { readModifyApp } from './apps.ts'
import { pricesByOwner } from './prices.ts'

const v4 = readModifyApp('fal-ai/bytedance/seedream/v4/edit')
const v45 = readModifyApp('fal-ai/bytedance/seedream/v4.5/edit')

test('an app that nobody gave a price has the one that is known of it, or none', () => {
  expect(pricesByOwner({}, v4)).toEqual({ 'fal-ai/bytedance': { microsPerImage: 30_000 } })
  expect(pricesByOwner({}, v45)).toEqual({ 'fal-ai/bytedance': { microsPerImage: 35_000 } })
})

test('the operator’s price stands, and of several the one that names the app most closely', () => {
  const own = {
    'fal-ai': { microsPerSecond: 1 },
    'fal-ai/fast-sdxl': { microsPerSecond: 2 },
    'fal-ai/bytedance/seedream/v4/edit': { microsPerImage: 3 },
    'fal-ai/bytedance/seedream/v4.5/edit': { microsPerImage: 4 },
  }
  expect(pricesByOwner(own, v4)).toEqual({
    'fal-ai/fast-sdxl': { microsPerSecond: 2 },
    'fal-ai/bytedance': { microsPerImage: 3 },
  })
  expect(pricesByOwner(own, v45)['fal-ai/bytedance']).toEqual({ microsPerImage: 4 })
})
