/** Ages that are said of somebody: in digits or words, in several languages, as young people's or as nearly theirs. */
import type { Sign } from '../rules.ts'
import { AGES, BEHIND_NAME, BELOW, BESIDE, LESS_THAN, YOUNG } from './age-patterns.ts'
import { hasAgeBesideGender } from './ages-beside-gender.ts'
import { agesByBirth } from './birth-years.ts'
import { SEAM, skeleton } from './fold.ts'
import { withNumbersRead } from './number-words.ts'
import { hasSchoolYear } from './school-years.ts'
import { agesInSums } from './sums.ts'

const MAJORITY = 18
/** 18 and 19 are of age, and drawn as if they were not. */
const LEAST_CLEAR = 20
/** Of a number in brackets behind a word; smaller ones count something. */
const LEAST_BEHIND_NAME = 8

/** `folded` with its punctuation, and the same `plain`: words and numbers alone. `year` is this one, by the calendar. */
export function ageSigns(folded: string, plain: string, year: number): ReadonlySet<Sign> {
  const counted = withNumbersRead(skeleton(plain))
  const punctuated = withNumbersRead(skeleton(folded.replaceAll(SEAM, '').replace(/ {2,}/g, ' ')))
  const found = new Set(agesIn({ counted, punctuated, year }).flatMap(signsOfAge))
  if (hasSchoolYear(counted)) found.add('minor')
  return found
}

interface Read {
  readonly counted: string
  readonly punctuated: string
  readonly year: number
}

/** None of the patterns does without a digit. */
function agesIn({ counted, punctuated, year }: Read): readonly number[] {
  if (!/\d/.test(counted) && !/\d/.test(punctuated)) return []
  const said = AGES.flatMap((pattern) => [...counted.matchAll(pattern)])
  const found = said.map(([, age = '']) => Number(age.replace(' ', '')))
  const below = [
    ...BELOW.flatMap((pattern) => [...counted.matchAll(pattern)]),
    ...punctuated.matchAll(LESS_THAN),
  ].map(([, age, other]) => Number((age ?? other ?? '').replace(' ', '')) - 1)
  const beside = BESIDE.flatMap((pattern) => [...punctuated.matchAll(pattern)])
    .map(([, age]) => Number(age))
    .filter((age) => age > 2)
  const named = [...punctuated.matchAll(BEHIND_NAME)]
    .map(([, inBrackets, betweenCommas]) => Number(inBrackets ?? betweenCommas))
    .filter((age) => age >= LEAST_BEHIND_NAME && age < MAJORITY)
  const counts = [...agesInSums(counted, punctuated), ...agesByBirth(counted, punctuated, year)]
  const isMinor = YOUNG.test(counted) || hasAgeBesideGender(punctuated)
  return [...found, ...below, ...beside, ...named, ...counts, ...(isMinor ? [0] : [])]
}

function signsOfAge(age: number): readonly Sign[] {
  if (age < MAJORITY) return ['minor']
  return age < LEAST_CLEAR ? ['ambiguous'] : []
}
