/**
 * Which characters are read as which Latin letter, so that a word is the same word however it is dressed up. After the
 * confusables of Unicode's UTS 39, for those of them that NFKC leaves alone and keyboards or generators offer.
 */

/** i and l are one, for 1, | and ! stand for both. */
const lookAlikes: Readonly<Record<string, string>> = {
  a: 'аАαΑɑɐᴀⲁꭺᎪᗅΛꓮ',
  b: 'вВьЬбБβΒʙƄᏴᏏɓᗷƀɃꓐ',
  c: 'сСϲϹᴄɔⲥᏟᑕƈꓚꞓ',
  d: 'ԁԀᴅɗđĐðÐᎠᗞδꓓɖⲇ',
  e: 'еЕεΕɛәƏǝᴇɘΣэЭᎬзЗꓰ',
  f: 'ƒꜰɟϝғҒᖴꓝ',
  g: 'ɡɢƃԌԍᏀǥꓖ',
  h: 'һҺнНʜΗɥհħĦᎻᏂꓧɦⲏⱨђ',
  i: 'lіІıɪιΙɩɨӏӀᎥᏞʟłŁᛁǀɭΐⲓᴉΊɫʅןלꓡꓲⳑ',
  j: 'јЈϳᴊɉյᎫɾꓙ',
  k: 'кКκΚᴋҡқҚᏦⲕʞꓗĸ',
  m: 'мМΜᴍɱʍɯᎷⲙꓟ',
  n: 'пПηΝɴиИŋŊոռⲛꓠ',
  o: 'оОοΟσᴏөӨøØօסⲟዐꓳ',
  p: 'рРρΡᴘþÞᏢⲣꓑƥ',
  q: 'ԛԚգɋ',
  r: 'гГяЯʀɹɼᎡᏒⲅɽꓣ',
  s: 'ѕЅꜱςʂᏚՏƽꓢ',
  t: 'тТτΤᴛʇƭᎢⲧŧŦꓔ',
  u: 'υսᴜʊμՍɄʉꓴ',
  v: 'νѵѴᴠᏙʌꓦ',
  w: 'ωԝԜᴡᎳшШꓪ',
  x: 'хХχΧⲭ×ꓫ',
  y: 'уУγΥʏүҮʎᎩყꓬ',
  z: 'ΖζᴢʐᏃƶꓜ',
}

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '2': 'z',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
}

export const SIGNS: Readonly<Record<string, string>> = {
  '@': 'a',
  $: 's',
  '!': 'i',
  '¡': 'i',
  '|': 'i',
  '€': 'e',
  '£': 'i',
  '¢': 'c',
  '+': 't',
}

const cherokeeIn = (text: string): string => text.replace(/\P{Script=Cherokee}/gu, '')

/** Numbers in circles that NFKC leaves alone: the first of each row, what it stands for, and how many there are. */
const CIRCLED = [
  [0x2776, 1, 10],
  [0x2780, 1, 10],
  [0x278a, 1, 10],
  [0x24eb, 11, 10],
  [0x24f5, 1, 10],
  [0x1f51f, 10, 1],
] as const
const circled = CIRCLED.flatMap(([first, value, count]) =>
  Array.from({ length: count }, (_, i): [string, string] => [
    String.fromCodePoint(first + i),
    String(value + i),
  ]),
)

const letters = new Map<string, string>([
  ...Object.entries(lookAlikes).flatMap(([letter, like]) =>
    // Cherokee has small letters that look like its capitals.
    [...like, ...cherokeeIn(like).toLowerCase()].map((each): [string, string] => [each, letter]),
  ),
  ...circled,
  ...['ßss', 'æae', 'ÆAe', 'œoe', 'ŒOe'].map((pair): [string, string] => [
    pair.charAt(0),
    pair.slice(1),
  ]),
  ...[0x1f150, 0x1f170, 0x1f1e6].flatMap((first) =>
    Array.from({ length: 26 }, (_, i): [string, string] => [
      String.fromCodePoint(first + i),
      String.fromCharCode(97 + i),
    ]),
  ),
])

/** A decimal digit of any script, whose ten stand in a row from 0 on, and some scripts' sets behind each other. */
export function digitOf(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let before = 0
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before++
  return String(before % 10)
}

/** Any character, as the letter it is read as; letters of other scripts that look like none stay. */
export const letterOf = (character: string): string => letters.get(character) ?? character

/** A digit within a word. */
export const letterOfDigit = (digit: string): string => LEET[digit] ?? digit
