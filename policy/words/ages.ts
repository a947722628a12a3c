/** Ages that are said of somebody: in digits or words, in several languages, as young people's or as nearly theirs. */
import type { Sign } from '../rules.ts'
import { hasAgeBesideGender } from './ages-beside-gender.ts'
import { fold, SEAM, seenAs, skeleton } from './fold.ts'
import { withNumbersRead } from './number-words.ts'
import { hasSchoolYear } from './school-years.ts'

const MAJORITY = 18
/** 18 and 19 are of age, and drawn as if they were not. */
const LEAST_CLEAR = 20

/** One or two digits, even with a space between them. */
const AGE = '(?<!\\d)(\\d(?: ?\\d)?)(?! ?\\d)'
const ENGLISH = 'y(?:ea)?rs?|yrs?|y'
const OTHERS = [
  ...['años de edad', 'anos de idade', 'ans', 'anni', 'años', 'añitos', 'aninhos', 'primaveras'],
  ...['printemps', 'jahre alt', 'jahre jung', 'jahriges'],
]
const STEMS = ['jahrig', 'jährig', 'летн', 'лет', 'года', 'годик']

/** What is measured or counted in units is no age. */
const UNITS =
  'minutes?|hours?|seconds?|days?|mm|cm|m|k|px|percent|feet|ft|met(?:er|re)s|inch(?:es)?|degrees|colou?rs|steps|bits?|' +
  'panels?|points?|pages?|dollars|euros|x'
const NO_UNIT = `(?= |$)(?! (?:${UNITS})\\b)`
/** Nor is what is counted in things. */
const NOTHING_COUNTED = `${NO_UNIT}(?! [\\p{L}]+s\\b)`

/** Of whom an age is said that stands beside. */
const SOMEBODY =
  'girl|boy|woman|female|man|male|she|he|lady|model|student|daughter|son|sister|brother|cousin|niece|nephew|teen|maiden|' +
  'lass|lad|princess|pupil|who'

const patterns: readonly RegExp[] = [
  `${AGE} ?(?:${ENGLISH}) ?(?:o[il]ds?|o|young|of age)\\b`,
  `${AGE} ?(?:yo|yrs?|yro|yrold)\\b`,
  `${AGE} ?(?:${ENGLISH}) (?:girl|boy|female|male|teen|lass|lad|kid)\\b`,
  `\\b(?:aged?|ages|turn(?:ing|ed|s)) (?:of |about |around |only |just )?${AGE}${NO_UNIT}`,
  `\\b(?:looks?|looking|appears?|seems?|reach(?:ed|es)?|bec[ao]mes?|hits?|i m|im|i am) ` +
    `(?:like |about |around |to be |only |just |barely |maybe |a ){0,3}${AGE}${NOTHING_COUNTED}`,
  `\\b(?:only|just|barely) ${AGE}(?= and\\b| but\\b|$)`,
  `${AGE} ?(?:st|nd|rd|th)? birthday\\b`,
  `${AGE} ?ish\\b`,
  `\\b(?:${SOMEBODY}) of ${AGE} (?:years|yrs|summers|winters|springs)\\b`,
  `\\bof ${AGE} (?:summers|winters|springs)\\b`,
  `${AGE} (?:summers|winters|springs) (?:old|young)\\b`,
  `${AGE} ?(?:${OTHERS.map((each) => fold(each)).join('|')})\\b`,
  `${AGE} ?(?:${STEMS.map((each) => fold(each)).join('|')})`,
  `${AGE} ?(?:months?|weeks?|mo) ?o[il]d\\b`,
  `${AGE} ?(?:歳|才|岁|歲|살)`,
].map((source) => seenAs(source))

/** `u18`, and the same in words. */
const BELOW = [
  `\\b(?:under|below|younger than|u)(?: the age of)? ?${AGE}${NO_UNIT}`,
  `\\b(?:almost|nearly|less than|shy of|not|not yet|not quite|not even|sub|pre) (1[0-8])(?! ?\\d)${NOTHING_COUNTED}`,
  '未[满滿] ?(1\\d)',
].map((source) => seenAs(source))
const LESS_THAN = /<\s?(1[0-8])(?!\d)/gu

/** The years of whoever is a minor when this is written, and of all who will be. */
const BORN = seenAs('\\bborn (?:in |on )?(?:\\p{L}+ )?(?:\\d{1,2} )?20(?:09|[1-9]\\d)\\b', 'u')

const AGE_ENDS =
  '(?=\\s?(?:[,;)!]|$)|\\.?\\s?$|\\s(?:and|with|who|in|on|at|nude|naked|topless|posing|wearing)\\b)(?![.:]\\d)'

/** Beside a person, between commas: `woman, 31, freckles`. A ratio, a weight and a length are none. */
const BESIDE = seenAs(
  `\\b(?:${SOMEBODY})(?:['’]s)?\\s?[,(:]?\\s?(?:is |aged? |of |just |only ){0,3}(\\d{1,2})${AGE_ENDS}`,
)
/** As newspapers put it behind a name: `Ann (14)`, `Ann, 14,`. */
const BEHIND_NAME = seenAs(
  '(?=(?: ?\\(|, )\\d)(?<=\\p{L}{2})(?<!\\b(?:image|img|figure|fig|step|page|copy|no|nr|vol|part|chapter|version|photo|picture)) ?' +
    '(?:\\((\\d{1,2})\\)|, (1[0-7])(?=,))',
)
const LEAST_BEHIND_NAME = 8

const CHINESE = /([一二三四五六七八九]?十?[一二三四五六七八九]?)(?:歳|才|岁|歲)/gu

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
  const found = patterns.flatMap((pattern) =>
    [...counted.matchAll(pattern)].map(([text, age = '']) =>
      /month|week|mo\b/.test(text) ? 0 : Number(age.replace(' ', '')),
    ),
  )
  const below = [
    ...BELOW.flatMap((pattern) => [...counted.matchAll(pattern)]),
    ...punctuated.matchAll(LESS_THAN),
  ].map(([, age = '']) => Number(age.replace(' ', '')) - 1)
  const beside = [...punctuated.matchAll(BESIDE)]
    .map(([, age]) => Number(age))
    .filter((age) => age > 2)
  const named = [...punctuated.matchAll(BEHIND_NAME)]
    .map(([, inBrackets, betweenCommas]) => Number(inBrackets ?? betweenCommas))
    .filter((age) => age >= LEAST_BEHIND_NAME && age < MAJORITY)
  const isMinor = BORN.test(counted) || hasAgeBesideGender(punctuated)
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
