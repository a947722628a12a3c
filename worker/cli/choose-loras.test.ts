import { expect, test } from 'vitest'
import { readArguments } from './arguments.ts'
import { chooseLoras } from './choose-loras.ts'

const chosen = (...typed: string[]) => {
  const read = readArguments(['generate', 'x', ...typed])
  return read === 'help' ? [] : chooseLoras(read.given, '/here')
}

test('a LoRA is taken as it was trained unless a strength follows its name', () => {
  expect(chosen('--lora', 'a.safetensors')).toEqual([{ path: '/here/a.safetensors', strength: 1 }])
  expect(chosen('--lora=/b.safetensors:-0.5')).toEqual([{ path: '/b.safetensors', strength: -0.5 }])
  expect(chosen('--lora', 'c:d.safetensors')[0]?.path).toBe('/here/c:d.safetensors')
})

test('several are a list, or the option repeated', () => {
  const [a, b, c] = chosen('--lora', 'a:0.8,b', '--lora', 'c:2')
  expect([a?.strength, b?.strength, c?.strength]).toEqual([0.8, 1, 2])
  expect([a?.path, b?.path, c?.path]).toEqual(['/here/a', '/here/b', '/here/c'])
  expect(chosen()).toEqual([])
})

test.each([
  ['a.safetensors:2.01', /"a\.safetensors:2\.01" must be a number from -2 to 2/],
  ['a:strong', /"a:strong" must be a number/],
  ['a:', /"a:" must be a number/],
  ['a,', /--lora needs a \.safetensors file/],
])('%s is refused', (typed, sentence) => {
  expect(() => chosen('--lora', typed)).toThrow(sentence)
})
