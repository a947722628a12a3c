import { expect, test } from 'vitest'
import { guide } from './guidance.ts'

const negative = Float32Array.of(1, -2, 0.5)
const prompt = Float32Array.of(2, -2, -0.5)

test('a scale weights the way from the negative prompt to the prompt', () => {
  expect([...guide(negative, prompt, 7.5)]).toEqual([8.5, -2, -7])
})

test('a scale of 1 is the prompt, and one of 0 the negative prompt', () => {
  expect(guide(negative, prompt, 1)).toEqual(prompt)
  expect(guide(negative, prompt, 0)).toEqual(negative)
})

test('every operation rounds to float32, as torch has it', () => {
  const [away, towards] = [Float32Array.of(0.021916287), Float32Array.of(0.9156194925)]
  // u + 1.7 * (c - u) in torch; rounded once, at the end, it would be 1.541211724281311.
  expect([...guide(away, towards, 1.7)]).toEqual([1.5412118434906006])
})
