/** Ages that are said of somebody: in digits or words, in several languages, as young people's or as nearly theirs. */
import type { Sign } from '../rules.ts'
import { fold, SEAM, skeleton } from './fold.ts'
import { withNumbersRead } from './number-words.ts'

const MAJORITY = 18
/** 18 and 19 are of age, and drawn as if they were not. */
const LEAST_CLEAR = 20

/** One or two digits, even with a space between them. */
const AGE = '(?<!\\d)(\\d(?: ?\\d)?)(?! ?\\d)'
const ENGLISH = 'y(?:ea)?rs?|yrs?|y'
const OTHERS = ['años de edad', 'anos de idade', 'ans', 'anni', 'años', 'jahre alt', 'jahriges']
const STEMS = ['jahrig', 'jährig', 'летн', 'лет', 'года', 'годик']

/** What is measured or counted in units is no age. */
const UNITS =
  'minutes?|hours?|seconds?|days?|mm|cm|m|k|px|percent|feet|ft|met(?:er|re)s|degrees|colou?rs|steps|dollars|euros|x'
const NO_UNIT = `(?= |$)(?! (?:${UNITS})\\b)`

const patterns: readonly RegExp[] = [
  `${AGE} ?(?:${ENGLISH}) ?(?:o[il]ds?|o|young|of age)\\b`,
  `${AGE} ?(?:yo|yrs|yro|yrold)\\b`,
  `\\b(?:aged?|ages|turn(?:ing|ed|s)) (?:of |about |around |only |just )?${AGE}${NO_UNIT}`,
  `\\b(?:only|just|barely) ${AGE}(?= and\\b| but\\b|$)`,
  `${AGE} ?(?:st|nd|rd|th) birthday\\b`,
  `${AGE} ?(?:${OTHERS.map((each) => fold(each)).join('|')})\\b`,
  `${AGE} ?(?:${STEMS.map((each) => fold(each)).join('|')})`,
  `${AGE} ?(?:months?|weeks?|mo) ?o[il]d\\b`,
  `${AGE} ?(?:歳|才|岁|歲|살)`,
].map((source) => seenAs(source))

/** `u18`, and the same in words. */
const BELOW = seenAs(`\\b(?:under|below|younger than|u)(?: the age of)? ?${AGE}${NO_UNIT}`)

/** Beside a person, between commas: `woman, 31, freckles`. A ratio, a weight and a length are none. */
const BESIDE = seenAs(
  "\\b(?:girl|boy|woman|female|man|male|she|he|lady|model|student|daughter|son|sister|brother)(?:['’]s)?" +
    '\\s*[,(:]?\\s*(?:is |aged? |of )*(\\d{1,2})(?=\\s*(?:[,;)!]|$)|\\.?\\s*$|\\s+and\\b)(?![.:]\\d)',
)

const CHINESE = /([一二三四五六七八九]?十?[一二三四五六七八九]?)(?:歳|才|岁|歲)/gu

/** A pattern of what is looked through: `l` is `i` there, as in every skeleton. */
function seenAs(source: string): RegExp {
  return new RegExp(skeleton(source), 'gu')
}

/** `folded` with its punctuation, and the same `plain`: words and numbers alone. */
export function ageSigns(folded: string, plain: string): ReadonlySet<Sign> {
  const counted = withNumbersRead(skeleton(plain))
  const punctuated = withNumbersRead(skeleton(folded.replaceAll(SEAM, '')))
  const chinese = [...punctuated.matchAll(CHINESE)].flatMap(([, age = '']) => ageInChinese(age))
  return new Set([...agesInDigits(counted, punctuated), ...chinese].flatMap(signsOfAge))
}

/** None of the patterns does without a digit. */
function agesInDigits(counted: string, punctuated: string): readonly number[] {
  if (!/\d/.test(counted) && !/\d/.test(punctuated)) return []
  const found = patterns.flatMap((pattern) =>
    [...counted.matchAll(pattern)].map(([text, age = '']) =>
      /month|week|mo\b/.test(text) ? 0 : Number(age.replace(' ', '')),
    ),
  )
  const below = [...counted.matchAll(BELOW)].map(([, age = '']) => Number(age.replace(' ', '')) - 1)
  const beside = [...punctuated.matchAll(BESIDE)]
    .map(([, age]) => Number(age))
    .filter((age) => age > 2)
  return [...found, ...below, ...beside]
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
