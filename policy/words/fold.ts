/** Takes off a text what does not change how it is read: form, case, accents, invisible characters, weights. */
import { digitOf, letterOf, SIGNS } from './look-alikes.ts'

/** Where a word is parted by something that is not seen, or by a capital within it. */
export const SEAM = '\u0001'

const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]+/gu
/** As either syntax reads one, `1.` among them; in one way alone, so that a long one is soon looked through. */
const NUMBER = '[-+]?(?:\\d+(?:[.,]\\d*)?|[.,]\\d+)'
/** In `(word:1.2)`, `(word)1.2`, `[a:b:0.5]` and `word++`, whichever syntax the job is in. */
const WEIGHT = new RegExp(
  `:\\s*${NUMBER}\\s*(?=[)\\]>])|(?<=[)\\]])\\s*${NUMBER}|[-+]{1,9}(?=[\\s,)]|$)`,
  'gu',
)
/** Without one of them there is no weight. */
const WEIGHING = /[:)\]+-]/
const PLAIN = /^[\x20-\x7e]*$/
export const isPlain = (text: string): boolean => PLAIN.test(text)

/** `&#99;`, `&#x63;`: CLIP's own tokenizer reads them, where a provider has it. */
const REFERENCE = /&#(?:x([0-9a-f]{1,6})|(\d{1,7}));?/gi

/** In small letters without marks, one space at a time; digits and punctuation stay. */
export function fold(text: string): string {
  const breaks = withReferencesRead(text)
    .replace(/\bBREAK\b/g, ' ')
    .replace(/\s+/g, ' ')
  if (isPlain(breaks)) return breaks.replace(/(?<=[a-z])(?=[A-Z])/g, SEAM).toLowerCase()
  const visible = unmarked(breaks.normalize('NFKC'))
  return visible.replace(/(?<=\p{Ll})(?=\p{Lu})/gu, SEAM).toLowerCase()
}

function withReferencesRead(text: string): string {
  if (!text.includes('&#')) return text
  return text.replace(REFERENCE, (whole, hex?: string, decimal?: string) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    return isCharacter ? String.fromCodePoint(code) : whole
  })
}

/** The same, each letter as the one it looks like. `i` stands for `l` too. */
export function skeleton(folded: string): string {
  if (isPlain(folded)) return folded.replaceAll('l', 'i')
  let read = ''
  for (const character of folded) read += letterOf(character)
  return read
}

/** A pattern of what is looked through as a skeleton: `l` is `i` there, and letters of other scripts what they look like. */
export const seenAs = (source: string, flags = 'gu'): RegExp => new RegExp(skeleton(source), flags)

export const withoutWeights = (folded: string): string =>
  WEIGHING.test(folded) ? folded.replace(WEIGHT, '') : folded

/** From the first of a run on, so that a run which no letter follows is looked through once. */
const SIGN = /(?<![@$!¡|€£¢+])[@$!¡|€£¢+]+(?=[\p{L}\p{N}])|(?<=[\p{L}\p{N}])[@$|€£¢]+/gu

/** With `@`, `$` and such as the letters they stand for; undefined where there are none. */
export function withSignsRead(folded: string): string | undefined {
  const read = folded.replace(SIGN, (run) => run.replace(/./gu, (sign) => SIGNS[sign] ?? sign))
  return read === folded ? undefined : read
}

/** Look-alikes first, for capitals and small letters of other scripts look like different ones. */
function unmarked(text: string): string {
  const seamed = text.replace(INVISIBLE, SEAM).replace(/\s+/g, ' ')
  const bare = seamed
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/(?![0-9])\p{Nd}/gu, digitOf)
    .normalize('NFC')
  let read = ''
  for (const character of bare) {
    // A capital stays one, so that the seam within `naKed` is found.
    const letter = letterOf(character)
    read += letter === character || !/\p{Lu}/u.test(character) ? letter : letter.toUpperCase()
  }
  return read
}
