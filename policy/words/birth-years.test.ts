import { expect, it } from 'vitest'
import { ageSigns } from './ages.ts'
import { fold } from './fold.ts'
import { plainly } from './pieces.ts'

const signsIn = (year: number) => (text: string) => [
  ...ageSigns(fold(text), plainly(fold(text)), year),
]
const signsOf = signsIn(2026)

it.each([
  ...['born in 2012', 'born 2009', 'born May 2011', 'born on the 5th of June 2012', 'b. 2013'],
  ...['DOB: 05/12/2011', 'd.o.b. 2013-04-01', 'date of birth: 3 July 2012', 'born ’12'],
  ...[
    'born in twenty twelve',
    'born in two thousand and thirteen',
    'née en 2012',
    'née le 4 mars 2013',
  ],
  ...[
    'nacida en 2013',
    'geboren im Jahr 2014',
    'nata nel 2012',
    'nascida em 2011',
    'родилась в 2012',
  ],
  ...['2012 года рождения', '2013年生まれ', '2012年出生', '2012년생', '13년생', '2012년에 태어난'],
])('whoever is %s is a minor', (text) => {
  expect(signsOf(text)).toEqual(['minor'])
})

it.each([
  ...['born in 1990', 'born 2001', 'née en 1985', '1985 года рождения', '94년생', '1994年生まれ'],
  ...['photo of 2015', 'a car of 2012', 'summer 2013', 'a woman born for the sea, 2015 award'],
  ...['born in 2077', 'class of 1994', 'plan b, 2013', '2012年の夏', '2012년 여름'],
])('nobody is a minor for %s', (text) => {
  expect(signsOf(text)).toEqual([])
})

it('goes by the year that it is told, and by no other', () => {
  const ages = [2026, 2028, 2030, 2032].map((year) => signsIn(year)('born in 2011')[0])
  expect(ages).toEqual(['minor', 'minor', 'ambiguous', undefined])
  expect(signsIn(2031)('class of 2031')).toEqual(['ambiguous'])
  expect(signsIn(2032)('class of 2031')).toEqual([])
})

it('takes nobody for older where the clock was never set', () => {
  expect(signsIn(1970)('born in 2012')).toEqual(['minor'])
})
