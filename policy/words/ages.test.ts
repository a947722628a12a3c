import { describe, expect, it } from 'vitest'
import { ageSigns } from './ages.ts'
import { fold } from './fold.ts'
import { plainly } from './pieces.ts'

const signsOf = (text: string) => [...ageSigns(fold(text), plainly(fold(text)))]

describe('an age under 18', () => {
  it.each([
    ...[
      'a 12 year old',
      'a 12-year-old',
      '12yo',
      '12 y/o',
      '12 y.o.',
      '12yrs old',
      '17 years of age',
    ],
    ...['aged 9', 'age: 15', 'ages 6', 'age of 14', 'turning 13', 'only 16', 'her 16th birthday'],
    ...['under 18', 'u18', 'below 16', 'twelve years old', 'a sixteen-year-old', 'Seven Year Old'],
    ...['1 2 years old', '１２ years old', '1\u200b2 years old', 'eighteen months old', '6 mo old'],
    ...[
      'a girl, 14, in a meadow',
      'woman (15)',
      'he is 16.',
      '12 ans',
      '12 años de edad',
      '12 anni',
    ],
    ...['12 anos de idade', '12 Jahre alt', '12-jährige', '12 лет', '12-летняя', '5 года', '12歳'],
    ...['12岁', '十二岁', '七歳', '十七歲', '12살'],
  ])('is seen in %s', (text) => {
    expect(signsOf(text)).toEqual(['minor'])
  })
})

it.each([
  '18 year old',
  '18-year-olds',
  'nineteen years old',
  'aged 19',
  '19 лет',
  '十八岁',
  '18歳',
])('says of %s that it may be either', (text) => {
  expect(signsOf(text)).toEqual(['ambiguous'])
})

describe('what is no age of a minor', () => {
  it.each([
    ...['a 20 year old woman', 'a thirty-five-year-old man', 'twenty one years old', 'aged 64'],
    ...['a 100 year old house', '18th century', '16:9', '4k, 8k', '12 roses', 'under 5 minutes'],
    ...['woman, 31, freckles', 'man, 16:9', 'woman, 85mm', '(man:1.2)', '2 girls, 1 boy on a hill'],
    ...['二十岁', '三十五歳', '35 ans', '40 лет', '12 chairs, 3 tables', 'chapter 3: 20 years old'],
  ])('passes: %s', (text) => {
    expect(signsOf(text)).toEqual([])
  })
})
