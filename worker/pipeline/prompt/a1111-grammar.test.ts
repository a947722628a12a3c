import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseA1111 } from './a1111-grammar.ts'

const read = (prompt: string) =>
  parseA1111(prompt).map((piece) => (piece === 'break' ? piece : [piece.text, piece.weight]))

test('brackets multiply, nest and take exact weights', () => {
  // The examples of AUTOMATIC1111's own parse_prompt_attention.
  expect(read('normal text')).toEqual([['normal text', 1]])
  expect(read('an (important) word')).toEqual([
    ['an ', 1],
    ['important', 1.1],
    [' word', 1],
  ])
  expect(read('(unbalanced')).toEqual([['unbalanced', 1.1]])
  expect(read('\\(literal\\]')).toEqual([['(literal]', 1]])
  expect(read('(unnecessary)(parens)')).toEqual([['unnecessaryparens', 1.1]])
  expect(read('a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).')).toEqual([
    ['a ', 1],
    ['house', 1.5730000000000004],
    [' ', 1.1],
    ['on', 1],
    [' a ', 1.1],
    ['hill', 0.55],
    [', sun, ', 1.1],
    ['sky', 1.4641000000000006],
    ['.', 1.1],
  ])
})

test('a weight belongs to round brackets only', () => {
  expect(read('[x:1.2]')).toEqual([['x:1.2', 1 / 1.1]])
  expect(read('x:1.2)')).toEqual([['x:1.2)', 1]])
  expect(read('(a:b:+.5)')).toEqual([['a:b', 0.5]])
  expect(read('(a:-1)')).toEqual([['a', -1]])
})

test('BREAK ends a window, in brackets too, and only as a word of its own', () => {
  expect(read('a BREAK b')).toEqual([['a', 1], 'break', ['b', 1]])
  expect(read('(a BREAK\nb:1.5)')).toEqual([['a', 1.5], 'break', ['b', 1.5]])
  expect(read('BREAKFAST breaks, ÉBREAK')).toEqual([['BREAKFAST breaks, ÉBREAK', 1]])
})

test('what is no syntax is text: a bad number, alternation, AND, LoRA tags', () => {
  expect(read('(a:1.2.3)')).toEqual([['a:1.2.3)', 1.1]])
  expect(read('x:y AND <lora:z:1>')).toEqual([['x:y AND <lora:z:1>', 1]])
  expect(read('[a|b]')).toEqual([['a|b', 1 / 1.1]])
  expect(read('')).toEqual([])
})

test('any text is read, with finite weights, in time that does not explode', () => {
  const signs = ['(', ')', '[', ']', '\\', ':', ':1.2)', ':..)', 'a', ' ', '\n', 'BREAK']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...signs), { maxLength: 60 }), (parts) => {
      for (const piece of parseA1111(parts.join(''))) {
        expect(piece === 'break' || Number.isFinite(piece.weight)).toBe(true)
      }
    }),
  )
  expect(read(`${'('.repeat(9999)}a`)).toEqual([['a', 100]])
  expect(parseA1111('(a'.repeat(5000)).length).toBeGreaterThan(0)
})
