import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCompel } from './compel-grammar.ts'
import golden from './goldens/compel.json' with { type: 'json' }

const read = (prompt: string) =>
  parseCompel(prompt).map(({ weight, parts }) => [
    weight,
    parts.map((part) => [part.weight, part.fragments.map(({ text, weight }) => [text, weight])]),
  ])

const exact = (structure: unknown) =>
  JSON.stringify(structure, (_, value) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : value,
  )

test.each(golden.parsed)('%j is read as compel reads it', (prompt, structure) => {
  expect(exact(read(String(prompt)))).toBe(exact(structure))
})

describe('where compel fails or drops text', () => {
  test('what follows .blend() or .and() is one more segment', () => {
    expect(read('("a", "b").and(1, 2), (sky)1.2')).toEqual([
      [1, [[1, [['a', 1]]]]],
      [2, [[1, [['b', 1]]]]],
      [1, [[1, [['sky', 1.2]]]]],
    ])
    expect(read('("a", "b").blend(1, 3) sky').at(1)).toEqual([1, [[1, [['sky', 1]]]]])
  })

  test('an operator whose arguments do not fit is text', () => {
    for (const call of ['.blend(1)', '.blend(x, y)', '.and(1, 2, 3)', '.and(no_normalize)']) {
      expect(read(`("a", "b")${call}`)).toHaveLength(1)
      expect(exact(read(`("a", "b")${call}`))).toContain(call.slice(0, 6))
    }
  })

  test('weights that cancel are not divided by their sum', () => {
    expect(read('("a", "b").blend(1, -1)')).toEqual([
      [
        1,
        [
          [1, [['a', 1]]],
          [-1, [['b', 1]]],
        ],
      ],
    ])
  })

  test('weights stay finite', () => {
    expect(read(`cat${'+'.repeat(9000)}`)).toEqual([[1, [[1, [['cat', 100]]]]]])
  })
})

test('a swap is its original', () => {
  expect(read('a cat.swap(dog, s_start=0.3, 1) sat')).toEqual([[1, [[1, [['a cat sat', 1]]]]]])
})

test('any text is read, in time that does not explode', () => {
  const signs = [
    '(',
    ')',
    '"',
    '\\',
    '+',
    '-',
    ',',
    '.',
    '1.2',
    'a',
    ' ',
    '\n',
    '.and(',
    '.blend(',
    '.swap(',
    '=',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...signs), { maxLength: 60 }), (parts) => {
      expect(parseCompel(parts.join('')).length).toBeGreaterThan(0)
    }),
  )
  const before = process.cpuUsage()
  for (const sign of ['(', '((a)', '"', '(a,', '("a", ', 'cat.swap(a ', '\\"', '+']) {
    expect(parseCompel(sign.repeat(10_000 / sign.length)).length).toBeGreaterThan(0)
  }
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000)
})
