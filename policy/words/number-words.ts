/** Numbers from 1 to 19 that are written out, in several languages, read as digits: what an age is said in. */
import { fold, skeleton } from './fold.ts'
import { plainly } from './pieces.ts'

const ENGLISH =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
const ENGLISH_TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'

/** They count before a word for years alone: `once`, `nove` and `sei` are other words elsewhere. */
const OTHERS = [
  'un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve',
  'un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf',
  'ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn',
  'un due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove',
  'um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove',
  'один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать',
]
const YEARS = ['años', 'anos', 'ans', 'anni', 'jahre', 'jährig', 'лет', 'год']
/** Between which and a word for years they are the end of a larger number: `treinta y cinco años`. */
const BEFORE =
  'y e et cento ciento cent vingt trente quarante cinquante soixante сто двадцать тридцать сорок пятьдесят шестьдесят ' +
  'семьдесят восемьдесят девяносто'

/** As a text is compared with it. */
const seen = (word: string): string => skeleton(plainly(fold(word)))
const oneOf = (words: Iterable<string>): string => [...words].map(seen).join('|')
const numbered = (words: string) =>
  words.split(' ').map((word, i): [string, number] => [seen(word), i + 1])

const english = new Map(numbered(ENGLISH))
const others = new Map(OTHERS.flatMap(numbered))

const IN_ENGLISH = new RegExp(
  `\\b(?<!\\b(?:${oneOf(ENGLISH_TENS.split(' '))}) )(${[...english.keys()].join('|')})(?:th)?\\b`,
  'g',
)
const BEFORE_YEARS = new RegExp(
  `(?<![\\p{L}\\p{N}])(?<!(?:^| )(?:${oneOf(BEFORE.split(' '))}) )(${[...others.keys()].join('|')})(?= ?(?:${oneOf(YEARS)}))`,
  'gu',
)

/** `text` is a skeleton. */
export const withNumbersRead = (text: string): string =>
  text
    .replace(IN_ENGLISH, (_, word: string) => String(english.get(word)))
    .replace(BEFORE_YEARS, (_, word: string) => String(others.get(word)))
