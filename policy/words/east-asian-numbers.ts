/** Numbers of Chinese, Japanese and Korean before their words for years of age, read as digits: `十四岁`, `一四歳`, `열네 살`. */
import { fold } from './fold.ts'

const DIGITS = '〇一二三四五六七八九'
/** `二十四五岁` is 24 or 25. Nothing here is the end of a larger number. */
const HAN = new RegExp(
  '(?<![〇零一二两兩三四五六七八九十百千万廿卅])' +
    '(?:([二三四五六七八九]?)十([一二三四五六七八九]?)[一二三四五六七八九]?|([一二三四五六七八九]?)([〇一二两兩三四五六七八九]))' +
    '(?=\\s?(?:(周?[岁歲])|[歳才]|さい))',
  'gu',
)

const NATIVE_TENS = '열 스물 서른 마흔 쉰 예순 일흔 여든 아흔'.split(' ')
const NATIVE_ONES = '한 두 세 네 다섯 여섯 일곱 여덟 아홉'.split(' ')
/** Skin and apricots are no age: `네 살결`, `세 살구`. */
const NATIVE = new RegExp(
  `(?:(${NATIVE_TENS.join('|')}|스무)(?:\\s?(${NATIVE_ONES.join('|')}))?|(?<!\\p{Script=Hangul})(${NATIVE_ONES.join('|')}))(?=\\s?살(?![결갗색점집림구]))`,
  'gu',
)
const SINO_DIGITS = '영일이삼사오육칠팔구'
const SINO =
  /(?<![일이삼사오육칠팔구십백천])(?:([이삼사오육칠팔구]?)십([일이삼사오육칠팔구]?)|(?<!\p{Script=Hangul})([사오육칠팔구]))(?=\s?[세살])/gu

const KANA_ONES = 'いち に さん よん ご ろく なな はち きゅう'.split(' ').map((each) => fold(each))
const KANA = new RegExp(
  `(?<!\\p{Script=Hiragana})(?:${fold('じゅう')}(${KANA_ONES.join('|')})|${fold('じゅっ')})(?=さい)`,
  'gu',
)

/** None is read where there is no word for years behind it. */
const YEARS = /[岁歲歳才さ살세]/u

/** `text` is a skeleton. */
export function withEastAsianNumbersRead(text: string): string {
  if (!YEARS.test(text)) return text
  return text
    .replace(HAN, (...[number, tens, ones, first, last, chinese]: readonly string[]) =>
      String(
        number?.includes('十')
          ? 10 * (digit(tens) || 1) + digit(ones)
          : withoutTen(digit(first), digit(last), chinese !== undefined),
      ),
    )
    .replace(KANA, (_, ones: string = '') => String(11 + KANA_ONES.indexOf(ones)))
    .replace(NATIVE, (_, tens = '', ones = '', alone = '') =>
      String(10 * nativeTens(tens) + 1 + NATIVE_ONES.indexOf(ones === '' ? alone : ones)),
    )
    .replace(SINO, (number, tens = '', ones = '', alone = '') =>
      String(number.includes('십') ? 10 * (sino(tens) || 1) + sino(ones) : sino(alone)),
    )
}

const digit = (han = ''): number => Math.max(0, DIGITS.indexOf(han.replace(/[两兩]/u, '二')))

/** In Chinese two digits that follow each other are two numbers, `七八岁`; else they are written one by one: `一四歳`. */
const withoutTen = (first: number, last: number, isChinese: boolean): number =>
  isChinese && first > 0 && last === first + 1 ? first : 10 * first + last

const nativeTens = (tens: string): number => (tens === '스무' ? 2 : 1 + NATIVE_TENS.indexOf(tens))

const sino = (digits: string): number => Math.max(0, SINO_DIGITS.indexOf(digits))
