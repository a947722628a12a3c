/** Numbers that are written out, in several languages, read as digits: what an age is said in. */
import { withEastAsianNumbersRead } from './east-asian-numbers.ts'
import { fold, skeleton } from './fold.ts'
import { lettered, plainly } from './pieces.ts'

const ENGLISH =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
const ENGLISH_TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'
/** As they are misspelled most, by the number. */
const MISSPELT = {
  ...{ 12: 'twelv tweleve', 13: 'thirten thriteen thirteeen', 14: 'forteen fourten fourteeen' },
  ...{ 15: 'fiften fiveteen fifteeen', 16: 'sixten sixteeen', 17: 'seventen' },
}
/** Those that are no number with `th` behind it, by the number. */
const ORDINALS = { first: 1, second: 2, third: 3, fifth: 5, eighth: 8, ninth: 9, twelfth: 12 }
/** `xiv years old`. A single letter is a letter, and 20 is none of a minor. */
const ROMAN = 'iv vi vii viii ix xi xii xiii xiv xv xvi xvii xviii xix'
const ROMAN_VALUES = [4, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19]

/** They count before a word for years alone: `once`, `nove` and `sei` are other words elsewhere. */
const OTHERS = [
  'un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve',
  'un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf',
  'ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn',
  'un due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove',
  'um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove',
  'одного двух трех четырех пяти шести семи восьми девяти десяти одиннадцати двенадцати тринадцати четырнадцати пятнадцати шестнадцати семнадцати восемнадцати девятнадцати',
  'один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать',
]
/** Those of them that mean nothing else anywhere count by themselves: `sie ist vierzehn`. */
const UNMISTAKABLE =
  'trece catorce dieciséis diecisiete dieciocho treize quatorze quinze zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn ' +
  'achtzehn undici dodici tredici quattordici quindici sedici diciassette diciotto treze catorze dezesseis dezessete dezoito'
const YEARS = 'años añitos anos aninhos primaveras ans anni jahre jährig lenze лет год'
/** Between which and a word for years they are the end of a larger number: `treinta y cinco años`. */
const BEFORE =
  'y e et cento ciento cent vingt trente quarante cinquante soixante сто двадцать тридцать сорок пятьдесят шестьдесят ' +
  'семьдесят восемьдесят девяносто'

/** As a text is compared with it. */
const seen = (word: string): string => skeleton(plainly(fold(word)))
const oneOf = (words: Iterable<string>): string => [...words].map(seen).join('|')
const numbered = (words: string) =>
  words.split(' ').map((word, i): [string, number] => [seen(word), i + 1])

const english = new Map([
  ...numbered(ENGLISH),
  ...Object.entries(MISSPELT).flatMap(([value, words]) =>
    words.split(' ').map((word): [string, number] => [seen(word), Number(value)]),
  ),
])
const others = new Map(OTHERS.flatMap(numbered))
const ordinals = new Map(Object.entries(ORDINALS))
const tens = new Map(ENGLISH_TENS.split(' ').map((each, i) => [seen(each), 10 * (i + 2)]))
const ones = new Map([...numbered(ENGLISH).slice(0, 9), ...Object.entries(ORDINALS)])
const roman = new Map(ROMAN.split(' ').map((each, i) => [each, ROMAN_VALUES[i]]))

const IN_ENGLISH = new RegExp(
  `\\b(${[...english.keys()].join('|')})(?:th)?(?=\\b|ye?a?rs?oid)`,
  'g',
)
/** From twenty on, so that no part of one is taken for less, and half of it can be told. */
const TENS_IN_ENGLISH = new RegExp(
  `\\b(${[...tens.keys()].join('|')})(?:[ -]?(${[...ones.keys()].join('|')})(?:th)?)?(?=\\b|ye?a?rs?oid)`,
  'g',
)
const BEFORE_GRADE = new RegExp(
  `\\b(${[...ordinals.keys()].join('|')})(?= (?:grade|form|birthday))`,
  'g',
)
const BEFORE_YEARS = new RegExp(
  `(?<![\\p{L}\\p{N}])(?<!(?:^| )(?:${oneOf(BEFORE.split(' '))}) )(${[...others.keys()].join('|')})(?= ?(?:${oneOf(YEARS.split(' '))}))`,
  'gu',
)
const BY_THEMSELVES = new RegExp(
  `(?<![\\p{L}\\p{N}])(?<!(?:^|[ -])(?:${oneOf(BEFORE.split(' '))})[ -])(${oneOf(UNMISTAKABLE.split(' '))})(?![\\p{L}\\p{N}])`,
  'gu',
)
const ROMAN_OF_AGE = new RegExp(
  `\\b(${[...roman.keys()].join('|')})(?= ?-?(?:years?[ -]oid|yo\\b|y/?o\\b|yrs?\\b))|(?<=\\baged? )(${[...roman.keys()].join('|')})\\b`,
  'g',
)
/** `tw3lve`, `y3ars`: a word with digits for some of its letters. */
const WITH_DIGITS = /\b(?=[a-z]{0,9}\d)(?=\d{0,9}[a-z])[a-z\d]{3,10}\b/g

const BESIDE_AGES = new Set(['age', 'aged', 'year', 'years', 'old', 'grade', 'birthday'].map(seen))
/** `l4 years`, `1O yo`: letters that look like digits. */
const WITH_LETTERS =
  /(?<![a-z\d])(?:i\d|1[ois])(?=[ -]?(?:ye?a?rs?\b|ye?a?rs?[ -]?oid|yo\b|y\/?o\b))/g
const digitLike = (letter: string): string => ({ i: '1', o: '0', s: '5' })[letter] ?? letter
/** `t w e l v e` */
const LETTER_BY_LETTER = /(?<![a-z\d])[a-z](?: [a-z]){2,9}(?![a-z\d])/g

function withDigitsRead(written: string): string {
  const word = lettered(written)
  const number = english.get(word)
  if (number !== undefined) return String(number)
  return BESIDE_AGES.has(word) ? word : written
}

/** None of the rest is read where there is nothing of it. */
const DIGIT = /\d/
const GRADED = /grade|form|birthday/
const OF_AGE = /age|ye?a?r|yo/

/** `text` is a skeleton. */
export function withNumbersRead(text: string): string {
  let read = text
  if (DIGIT.test(read)) {
    read = read
      .replace(WITH_DIGITS, withDigitsRead)
      .replace(WITH_LETTERS, (age) => age.replace(/[ios]/g, digitLike))
  }
  read = read
    .replace(LETTER_BY_LETTER, (word) => String(english.get(word.replaceAll(' ', '')) ?? word))
    .replace(TENS_IN_ENGLISH, (_, ten: string, one?: string) =>
      String((tens.get(ten) ?? 0) + (one === undefined ? 0 : (ones.get(one) ?? 0))),
    )
    .replace(IN_ENGLISH, (_, word: string) => String(english.get(word)))
    .replace(BEFORE_YEARS, (_, word: string) => String(others.get(word)))
    .replace(BY_THEMSELVES, (_, word: string) => String(others.get(word)))
  read = withEastAsianNumbersRead(read)
  if (GRADED.test(read)) {
    read = read.replace(BEFORE_GRADE, (_, word: string) => String(ordinals.get(word)))
  }
  return OF_AGE.test(read) ? read.replace(ROMAN_OF_AGE, (each) => String(roman.get(each))) : read
}
