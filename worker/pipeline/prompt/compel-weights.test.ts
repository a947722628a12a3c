import { expect, test } from 'vitest'
import { parseCompel } from './compel-grammar.ts'
import { withCompelWeights } from './compel-weights.ts'

test('terms are appended in the syntax that compel reads as their weights', () => {
  const prompt = withCompelWeights('a cat, ', '(soft light:1.2), (blur:.8),(hands, feet:1)')
  expect(prompt).toBe('a cat, (soft light)1.2, (blur)0.8, (hands, feet)1')
  const fragments = parseCompel(prompt).flatMap(({ parts }) => parts[0]?.fragments ?? [])
  expect(fragments).toContainEqual({ text: 'soft light', weight: 1.2 })
  expect(fragments).toContainEqual({ text: 'blur', weight: 0.8 })
})

test('a term is taken once, whatever its case, and at most six are', () => {
  expect(withCompelWeights('p', '(A:1.2),(a:1.5),(b:1.1)')).toBe('p, (A)1.2, (b)1.1')
  const many = Array.from({ length: 9 }, (_, index) => `(t${index}:1.1)`).join(',')
  expect(withCompelWeights('p', many).split(', ')).toHaveLength(7)
})

test('what is written otherwise stays as it is', () => {
  expect(withCompelWeights('p', 'term++, (x)1.3, plain, (y:z)')).toBe(
    'p, term++, (x)1.3, plain, (y:z)',
  )
})

test('a weight that compel cannot write, or a term that it could not read, is mended', () => {
  expect(withCompelWeights('p', '(x:-0.5)')).toBe('p, (x)0')
  expect(withCompelWeights('p', '(5" a=b:1.2)')).toBe('p, (5 a b)1.2')
})

test('an empty list leaves the prompt, an empty prompt leaves the terms', () => {
  expect(withCompelWeights('a cat,', ' , ')).toBe('a cat,')
  expect(withCompelWeights(' ', '(x:1.2)')).toBe('(x)1.2')
})
