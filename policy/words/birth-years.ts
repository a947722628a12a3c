/** Years of birth that are said of somebody, by today's calendar: `born in 2012`, `née en 2012`, `2012年生まれ`, `12년생`. */
import { fold, seenAs } from './fold.ts'

const YEAR = '(20 ?\\d\\d|2 thousand (?:and )?\\d{1,2})(?!\\d)'
const SAID_BEFORE = [
  ...['born', 'birth ?(?:year|date)', '(?:year|date) of birth', 'd ?o ?b', 'nee? (?:en|le)'],
  ...['nacid[oa]', 'nasci(?:da|do)', 'nat[oa] (?:nel|il|in)', 'geboren', 'родилась', 'родился'],
].join('|')
const BETWEEN =
  '(?: (?:in|on|the|of|year|about|around|im|jahr|am|en|el|le|de|em|nel|il|в|\\d{1,2}(?:st|nd|rd|th)?)){0,4}'
const SAID_BEHIND = [
  'года рождения',
  'г р\\b',
  '年(?:に)?(?:生(?!植)|出生)',
  '년(?:도)? ?(?:생|에 ?태어)',
]

const BORN: readonly RegExp[] = [
  `\\b(?:${SAID_BEFORE})${BETWEEN}(?: \\p{L}{3,10})?${BETWEEN} ${YEAR}`,
  `(?<!\\d)${YEAR} ?(?:${SAID_BEHIND.map((each) => fold(each)).join('|')})`,
].map((source) => seenAs(source))
/** `(b. 2012)`, `born '12` */
const BORN_SHORT = seenAs("\\bb\\. ?(20\\d\\d)(?!\\d)|\\bborn (?:in )?['’]([012]\\d)(?!\\d)")
const BORN_IN_KOREAN = /(?<!\d)([012]\d) ?년생/gu
/** Of a school or of a college: who leaves it then may be either. */
const CLASS = seenAs(`\\bclass of ${YEAR}`)
const LAST_CLASS = 12
const EITHER = 18

/** The clock of a machine that does not know the day makes nobody older. */
const LEAST_YEAR = 2026

/**
 * Ages under 20, or any number that is no age. `counted` are words and numbers alone, `punctuated` the same with its
 * signs, as skeletons whose numbers are digits; `year` is this one.
 */
export function agesByBirth(counted: string, punctuated: string, year: number): readonly number[] {
  const now = Math.max(year, LEAST_YEAR)
  const years = [
    ...BORN.flatMap((pattern) => [...counted.matchAll(pattern)]).map(([, said = '']) =>
      yearOf(said),
    ),
    ...[...punctuated.matchAll(BORN_SHORT)].map(([, whole, short]) =>
      Number(whole ?? `20${short}`),
    ),
    ...[...counted.matchAll(BORN_IN_KOREAN)].map(([, short]) => Number(`20${short}`)),
  ]
  const leaves = [...counted.matchAll(CLASS)].map(([, said = '']) => yearOf(said) - now)
  return [
    ...years.map((born) => now - born).filter((age) => age >= 0),
    ...leaves.filter((left) => left >= 0 && left <= LAST_CLASS).map(() => EITHER),
  ]
}

/** `2012`, `20 12`, `2 thousand and 12` */
const yearOf = (said: string): number =>
  said.startsWith('2 ') ? 2_000 + Number(/\d+$/.exec(said)) : Number(said.replace(' ', ''))
