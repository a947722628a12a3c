/** Ages that are said as a sum, of the kind that is said aloud: `half of 28 years old`, `40 minus 26`, `4 years short of 18`. */
import { seenAs, skeleton } from './fold.ts'

const NUMBER = '(?<!\\d)(\\d{1,3})(?!\\d)'
const OF_AGE = '(?= ?(?:ye?a?rs?|y) ?(?:old|o|of age|young)\\b| ?yo\\b)'

const OPERATION = seenAs(
  `${NUMBER} (minus|less|take away|plus|times|multiplied by|divided by) ${NUMBER}(?= ?(?:ye?a?rs?|yo)\\b)`,
)
const LESS_THAN_ADULT = seenAs('\\b18 (?:minus|less) (\\d{1,2})(?!\\d)')
/** A range goes up; what goes down is a difference. */
const IN_SIGNS = seenAs(
  '(?<![\\d.])(\\d{1,3}) ?([-−–+*×x/÷]) ?(\\d{1,3})(?= ?-?(?:ye?a?rs?[ -](?:old|of age)|y/?o)\\b)',
)
const SHARE = seenAs(
  `\\b(half|third|quarter|twice|double|thrice|triple)(?: of)?(?: a)? ${NUMBER}${OF_AGE}`,
)
const FEWER = seenAs(`${NUMBER} (?:fewer|less) than ${NUMBER}${OF_AGE}`)
/** Of an age that somebody will have. */
const YOUNGER = seenAs(
  `${NUMBER} (?:years?|yrs?) (?:less than|younger than|short of|shy of|under|below|before|until|till|away from|off) ` +
    '(?:the age of |being |turning |she turns |he turns |her |his |their |age )?(1[6-9]|2[0-5])(?!\\d)',
)
const UNTIL_ADULT = seenAs(
  '\\b(?:years?|yrs?|months?|weeks?|days?) (?:until|till|before|away from|from|short of|shy of) ' +
    '(?:she is |he is |they are |she turns |he turns |being |becoming |reaching )?(?:legal|adulthood|an adult|of age|majority)\\b',
  'u',
)
const ADULT = 18

const results: Readonly<Record<string, (a: number, b: number) => number>> = {
  ...{ minus: (a, b) => a - b, less: (a, b) => a - b, 'take away': (a, b) => a - b },
  ...{ plus: (a, b) => a + b, times: (a, b) => a * b, 'multiplied by': (a, b) => a * b },
  ...{ 'divided by': (a, b) => a / b, '-': (a, b) => a - b, '−': (a, b) => a - b },
  ...{ '–': (a, b) => a - b, '+': (a, b) => a + b, '*': (a, b) => a * b, '×': (a, b) => a * b },
  ...{ x: (a, b) => a * b, '/': (a, b) => a / b, '÷': (a, b) => a / b },
}
const operations = new Map(Object.entries(results).map(([name, of]) => [skeleton(name), of]))
const factors = {
  ...{ half: 1 / 2, third: 1 / 3, quarter: 1 / 4 },
  ...{ twice: 2, double: 2, thrice: 3, triple: 3 },
}
const shares = new Map(Object.entries(factors).map(([name, of]) => [skeleton(name), of]))

/** `counted` are words and numbers alone, `punctuated` the same with its signs, as skeletons whose numbers are digits. */
export function agesInSums(counted: string, punctuated: string): readonly number[] {
  const calculated = [...counted.matchAll(OPERATION), ...punctuated.matchAll(IN_SIGNS)].map(
    ([, first, name = '', second]) => operations.get(name)?.(Number(first), Number(second)),
  )
  const shared = [...counted.matchAll(SHARE)].map(
    ([, name = '', number]) => (shares.get(name) ?? 1) * Number(number),
  )
  const fewer = [...counted.matchAll(FEWER), ...counted.matchAll(YOUNGER)].map(
    ([, less, than]) => Number(than) - Number(less),
  )
  const short = [...counted.matchAll(LESS_THAN_ADULT)].map(([, less]) => ADULT - Number(less))
  const ages = [...calculated, ...shared, ...fewer, ...short].filter(
    (age): age is number => age !== undefined && Number.isInteger(age) && age >= 0,
  )
  return UNTIL_ADULT.test(counted) ? [...ages, ADULT - 1] : ages
}
