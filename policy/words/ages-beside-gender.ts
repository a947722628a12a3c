/** Ages with a letter for a gender, as forums have them: `14f`, `(16F)`, `f/15`. Apertures, jets and metres are none. */
import { seenAs } from './fold.ts'

const LEAST_AGE = 5
const MOST_AGE = 17

/** `14f`, `14/f`, `14 y f`, not within a number, a colour or a word. */
const AGE_FIRST = seenAs(
  "(?<![\\p{L}\\p{N}#]|\\d[.,:/])(\\d{1,2})[)\\]]? ?(?:y|yr|yrs|yo)? ?([-/|_]?) ?([fm♀♂])(?:4[fm])?(?![\\p{L}\\p{N}’']|[./]\\d)",
)
const GENDER_FIRST = seenAs(
  '(?<![\\p{L}\\p{N}#])([fm♀♂]) ?([-/|(:_]?) ?(\\d{1,2})(?![\\p{L}\\p{N}]|[.,:/]\\d)',
)

/** Where a lens can stand, in thirds of a stop, of the numbers that are ages. */
const APERTURES = new Set([5, 8, 9, 10, 11, 13, 14, 16])
const PHOTOGRAPHIC = seenAs(
  '\\b(?:apertures?|lens|lenses|iso|shutter|bokeh|exposure|focal|depth of field|dof|stops?|canon|nikon|leica|' +
    'hasselblad|fujifilm|kodak|ilford|dslr|tripod|telephoto|macro)\\b|\\d ?mm\\b|\\b1/\\d\\d',
  'u',
)
/** They explain what is written as photographers do, `f/8`, and nothing else. */
const LIGHT = seenAs(
  '\\b(?:photograph(?:y|er|s)?|medium format|film grain|black and white|monochrome|natural light|studio light(?:ing|s)?|' +
    'window light|softbox|backlit|rim light)\\b',
  'u',
)
const MACHINE = seenAs(
  '\\b(?:jets?|fighters?|eagles?|tomcats?|falcons?|vipers?|aircraft|plane|airplane|warplane|squadron|cockpit|hangar|' +
    'runway|pilot|nose art|bombers?|airfield|rifles?|carbine|garand|guns?|tanks?|army|military|soldiers?|marines?|' +
    'usaf|navy|air force|missiles?|weapons?|keys?|keyboard|bolts?|screws?|nuts?|threads?|socket|messier|galaxy|' +
    'cluster|nebula|globular|bmw|motorway|formula|racing|macbook|chip)\\b',
  'u',
)
/** `an M16`: people are not spoken of like that. */
const ARTICLE = /\b(?:an|the) $/
const DEGREES_OR_SIZE = seenAs(
  '\\b(?:lens|lenses|stops?|degrees?|temperatures?|cold|freezing|frost|weather|fahrenheit|bra|cup|size)\\b',
  'u',
)
const LENGTH = seenAs(
  '\\b(?:long|high|tall|deep|wide|depth|height|length|width|distance|rope|pool|cable|yacht|boat|sailboat|ketch|' +
    'sloop|schooner|catamaran|ship|tower|div(?:e|ing|er)|cliffs?|waves?|walls?|trees?|met(?:er|re)s?|away|drop|board)\\b',
  'u',
)
const CLAUSE_END = /^\s*(?:[,;.!?)\]/|&]|and\b|$)/u

/** Characters to either side in which something may stand that explains it. */
const AROUND = 60

interface Found {
  readonly age: number
  readonly isExplained: boolean
}

/** `punctuated` is a skeleton, with numbers that are written out read as digits. */
export function hasAgeBesideGender(punctuated: string): boolean {
  const found = [...ageFirst(punctuated), ...genderFirst(punctuated)]
  return found.some(({ age, isExplained }) => age >= LEAST_AGE && age <= MOST_AGE && !isExplained)
}

function ageFirst(text: string): readonly Found[] {
  return [...text.matchAll(AGE_FIRST)].map((match) => {
    const [whole, age, mark, gender] = match
    const around = vicinity(text, match.index, whole.length)
    const isLength =
      gender === 'm' && (LENGTH.test(around) || (mark === '' && !endsIn(text, match)))
    const isDegrees = gender === 'f' && DEGREES_OR_SIZE.test(around)
    return { age: Number(age), isExplained: isLength || isDegrees }
  })
}

function genderFirst(text: string): readonly Found[] {
  return [...text.matchAll(GENDER_FIRST)].map((match) => {
    const [whole, gender, mark, digits] = match
    const age = Number(digits)
    const around = vicinity(text, match.index, whole.length)
    const isPhotographic = PHOTOGRAPHIC.test(around) || (mark === '/' && LIGHT.test(around))
    const isAperture = gender === 'f' && APERTURES.has(age) && isPhotographic
    const isThing =
      ARTICLE.test(text.slice(Math.max(0, match.index - 5), match.index)) || MACHINE.test(around)
    return { age, isExplained: isAperture || isThing || isPrecision(text, match.index, age) }
  })
}

const vicinity = (text: string, at: number, length: number): string =>
  text.slice(Math.max(0, at - AROUND), at + length + AROUND)

const endsIn = (text: string, { 0: whole, index }: RegExpExecArray): boolean =>
  CLAUSE_END.test(text.slice(index + whole.length, index + whole.length + 8))

/** `lightning-f16`: how a network's weights are kept. */
const isPrecision = (text: string, at: number, age: number): boolean =>
  (age === 8 || age === 16) && /[-_.]/.test(text.charAt(at - 1))
