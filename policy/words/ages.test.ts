import { describe, expect, it } from 'vitest'
import { ageSigns } from './ages.ts'
import { fold } from './fold.ts'
import { plainly } from './pieces.ts'

const signsOf = (text: string) => [...ageSigns(fold(text), plainly(fold(text)), 2026)]

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
    ...['12岁', '十二岁', '七歳', '十七歲', '12살', '十\u200b二岁'],
    ...['she’s 14', 'she is fourteen', 'woman,\u200b12, hat', 'a woman of twelve, portrait'],
    ...['doce años', 'dieciséis años', 'quatorze ans', 'dix-sept ans', 'vierzehn Jahre alt'],
    ...['zwölfjährige', 'quattordici anni', 'quinze anos', 'четырнадцать лет', 'семнадцать лет'],
    ...['١٢ years old', '१२ year old', '৭ yo', '๑๔ years old', 'aged ۱۵'],
  ])('is seen in %s', (text) => {
    expect(signsOf(text)).toEqual(['minor'])
  })
})

it.each([
  ...['an eleven year old', 'twelve years old', 'a female, 12', 'a model, 13', 'only 16'],
  ...['below 16', '12 Jahre alt', 'a tall girl, 9'],
])('is seen in %s, whatever sign of other scripts stands beside it', (text) => {
  for (const sign of ['—', 'é', '’', '😀']) {
    expect(signsOf(`${sign} ${text}`)).toEqual(['minor'])
  }
  expect(signsOf(text)).toEqual(['minor'])
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
    ...['treinta y cinco años', 'trinta e cinco anos', 'trente-cinq ans', 'vingt et un ans'],
    ...['тридцать пять лет', 'fünfunddreißig Jahre alt', 'once upon a time', 'soixante-dix ans'],
    ...['٣٠ years old', 'she’s 24', 'he is twenty', 'a woman, ten roses'],
    ...['二十岁', '三十五歳', '35 ans', '40 лет', '12 chairs, 3 tables', 'chapter 3: 20 years old'],
  ])('passes: %s', (text) => {
    expect(signsOf(text)).toEqual([])
  })
})
