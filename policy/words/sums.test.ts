import { expect, it } from 'vitest'
import { ageSigns } from './ages.ts'
import { fold } from './fold.ts'
import { plainly } from './pieces.ts'

const signsOf = (text: string) => [...ageSigns(fold(text), plainly(fold(text)), 2026)]

it.each([
  ...['half of twenty-eight years old', 'half 26 years old', 'a quarter of 56 yo', 'double 7 yo'],
  ...['40 minus 26 years old', 'forty less twenty-six years old', '40-26 yo', '28 divided by 2 yo'],
  ...['seven times two years old', '7×2 years old', '60/4 yo', 'six less than twenty years old'],
  ...[
    'four years short of eighteen',
    'eight years younger than 22',
    '3 years before her 18th birthday',
  ],
  ...['two years until she is legal', '5 years away from adulthood'],
])('finds the age that is meant by %s', (text) => {
  expect(signsOf(text)).toContain('minor')
})

it.each([
  ...['25-30 years old', 'between 25 and 30 years old', 'half of her face, 35 years old'],
  ...['twice 20 years old', '60 minus 20 years old', 'five years younger than 40', '16:9', '7x2 m'],
  ...['half of 28 lemons', '40 minus 26 candles', '20 minus 6 degrees', 'two years before 1990'],
])('finds none in %s', (text) => {
  expect(signsOf(text)).toEqual([])
})
