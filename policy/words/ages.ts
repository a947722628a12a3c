/** Ages that are said of somebody: in digits or words, in several languages, as young people's or as nearly theirs. */
import type { Sign } from '../rules.ts'
import { AGES, BEHIND_NAME, BELOW, BESIDE, BORN, LESS_THAN, YOUNG } from './age-patterns.ts'
import { hasAgeBesideGender } from './ages-beside-gender.ts'
import { SEAM, skeleton } from './fold.ts'
import { withNumbersRead } from './number-words.ts'
import { hasSchoolYear } from './school-years.ts'

const MAJORITY = 18
/** 18 and 19 are of age, and drawn as if they were not. */
const LEAST_CLEAR = 20
/** Of a number in brackets behind a word; smaller ones count something. */
const LEAST_BEHIND_NAME = 8

const CHINESE = /([一二三四五六七八九]?十?[一二三四五六七八九]?)周?(?:歳|才|岁|歲)/gu

/** `folded` with its punctuation, and the same `plain`: words and numbers alone. */
export function ageSigns(folded: string, plain: string): ReadonlySet<Sign> {
  const counted = withNumbersRead(skeleton(plain))
  const punctuated = withNumbersRead(skeleton(folded.replaceAll(SEAM, '').replace(/ {2,}/g, ' ')))
  const chinese = [...punctuated.matchAll(CHINESE)].flatMap(([, age = '']) => ageInChinese(age))
  const ages = [...agesInDigits(counted, punctuated), ...chinese]
  const found = new Set(ages.flatMap(signsOfAge))
  if (hasSchoolYear(counted)) found.add('minor')
  return found
}

/** None of the patterns does without a digit. */
function agesInDigits(counted: string, punctuated: string): readonly number[] {
  if (!/\d/.test(counted) && !/\d/.test(punctuated)) return []
  const said = AGES.flatMap((pattern) => [...counted.matchAll(pattern)])
  const found = said.map(([, age = '']) => Number(age.replace(' ', '')))
  const below = [
    ...BELOW.flatMap((pattern) => [...counted.matchAll(pattern)]),
    ...punctuated.matchAll(LESS_THAN),
  ].map(([, age, other]) => Number((age ?? other ?? '').replace(' ', '')) - 1)
  const beside = [...punctuated.matchAll(BESIDE)]
    .map(([, age]) => Number(age))
    .filter((age) => age > 2)
  const named = [...punctuated.matchAll(BEHIND_NAME)]
    .map(([, inBrackets, betweenCommas]) => Number(inBrackets ?? betweenCommas))
    .filter((age) => age >= LEAST_BEHIND_NAME && age < MAJORITY)
  const isMinor = BORN.test(counted) || YOUNG.test(counted) || hasAgeBesideGender(punctuated)
  return [...found, ...below, ...beside, ...named, ...(isMinor ? [0] : [])]
}

function signsOfAge(age: number): readonly Sign[] {
  if (age < MAJORITY) return ['minor']
  return age < LEAST_CLEAR ? ['ambiguous'] : []
}

function ageInChinese(age: string): readonly number[] {
  if (age === '') return []
  const digit = (text: string) => '一二三四五六七八九'.indexOf(text) + 1
  if (!age.includes('十')) return [digit(age)]
  const [tens = '', ones = ''] = age.split('十')
  return [(tens === '' ? 1 : digit(tens)) * 10 + (ones === '' ? 0 : digit(ones))]
}
