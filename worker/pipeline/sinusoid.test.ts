import { expect, test } from 'vitest'
import { guidanceEmbedding, sinusoid } from './sinusoid.ts'

// Timesteps(width, flip_sin_to_cos=True, downscale_freq_shift=0) of diffusers 0.42.1: elements by their
// index, and the sum of all.
test.each([
  [501, 320, { 0: -0.083929397, 1: -0.164048076, 159: 0.998592198, 160: -0.996471703 }, 69.6437351],
  [1024, 256, { 0: 0.987353623, 1: -0.537617207, 128: -0.158533379, 255: 0.109817877 }, 44.9378767],
  [
    57.375,
    320,
    { 0: 0.677577794, 2: 0.644794226, 160: 0.735451102, 319: 0.006077431 },
    107.0157909,
  ],
])('%f in %i numbers is as diffusers has it', (value, width, elements, sum) => {
  const embedding = sinusoid(value, width)
  expect(embedding).toHaveLength(width)
  for (const [i, element] of Object.entries(elements)) {
    // float32 knows the angle, which is at most `value`, no better than this.
    const tolerance = 1e-6 + value * 2 ** -24
    expect(Math.abs((embedding[Number(i)] ?? 0) - element)).toBeLessThan(tolerance)
  }
  expect(embedding.reduce((total, element) => total + element, 0)).toBeCloseTo(sum, 3)
})

// get_guidance_scale_embedding(tensor([6.5]), 256) of diffusers 0.42.1. Its angles reach 6500, where
// float32 itself is only good to 2.4e-4.
test('a guidance scale of 7.5 is as diffusers tells it to distilled networks', () => {
  const embedding = guidanceEmbedding(7.5, 256)
  const elements = {
    0: -0.0447847396,
    1: 0.762861073,
    50: -0.2357082218,
    127: 0.6051863432,
    128: -0.998996675,
    129: 0.6465624571,
    178: -0.9718238711,
    255: 0.7960838675,
  }
  expect(embedding).toHaveLength(256)
  for (const [i, element] of Object.entries(elements)) {
    expect(Math.abs((embedding[Number(i)] ?? 0) - element)).toBeLessThan(5e-4)
  }
})

test('a guidance scale of 1 is a weight of 0: sines 0, cosines 1', () => {
  const embedding = [...guidanceEmbedding(1, 6)]
  expect(embedding).toEqual([0, 0, 0, 1, 1, 1])
})
