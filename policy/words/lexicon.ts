/** The terms of all rules, made ready to be looked up by how a word is spelled, however it is dressed up. */
import { type Rules, type Sign, signs } from '../rules.ts'
import { fold, skeleton } from './fold.ts'
import { lettered } from './pieces.ts'
import { LEAST_SLIPPED, restsOf } from './slips.ts'
import { type Spelling, spell } from './spelling.ts'
import { isUnspaced } from './unspaced.ts'

export type Meaning = Sign | 'innocent'

export interface Word extends Spelling {
  /** As letters, not as runs of them. */
  readonly text: string
  /** Whatever may follow it within the word. */
  readonly isStem: boolean
}

export interface Term {
  readonly meaning: Meaning
  readonly words: readonly Word[]
}

export interface Lexicon {
  /** Terms of one word that is whole, and phrases written as one, by its key. */
  readonly whole: ReadonlyMap<string, readonly Term[]>
  /** Terms of one word with an open end, by their key. */
  readonly stems: ReadonlyMap<string, readonly Term[]>
  /** Terms of several words, by the key of the first. */
  readonly phrases: ReadonlyMap<string, readonly Term[]>
  /** Terms of scripts that put no space between words, and pictographs. */
  readonly unspaced: readonly { readonly meaning: Meaning; readonly text: string }[]
  /** Every beginning of the keys of `whole` and `stems`, and the keys themselves. */
  readonly beginnings: ReadonlySet<string>
  readonly mostStem: number
  /** Terms of one word that bear a slip, by what is left of them without a letter. */
  readonly slips: ReadonlyMap<string, readonly Term[]>
  /** The terms that are in single words which were looked up before. */
  readonly remembered: Map<string, readonly Term[]>
}

export function createLexicon(rules: readonly Rules[]): Lexicon {
  const whole = new Map<string, Term[]>()
  const stems = new Map<string, Term[]>()
  const phrases = new Map<string, Term[]>()
  const unspaced: { meaning: Meaning; text: string }[] = []
  for (const each of rules) {
    for (const meaning of [...signs, 'innocent'] as const) {
      for (const term of new Set(each[meaning] ?? [])) {
        if (isUnspaced(term)) {
          unspaced.push({ meaning, text: fold(term) })
          continue
        }
        const words = wordsOf(term)
        const [first] = words
        if (first === undefined) throw new Error(`the term ${term} has no letter in it`)
        const shelf = words.length > 1 ? phrases : first.isStem ? stems : whole
        shelf.set(first.key, [...(shelf.get(first.key) ?? []), { meaning, words }])
      }
    }
  }
  const written = [...whole.values(), ...stems.values()].flat()
  for (const phrase of [...phrases.values()].flat()) {
    const word = gluedOf(phrase)
    if (word === undefined) continue
    const shelf = word.isStem ? stems : whole
    shelf.set(word.key, [
      ...(shelf.get(word.key) ?? []),
      { meaning: phrase.meaning, words: [word] },
    ])
  }
  const keys = [...whole.keys(), ...stems.keys()]
  return {
    ...{ whole, stems, phrases, unspaced },
    beginnings: new Set(keys.flatMap((key) => [...key].map((_, i) => key.slice(0, i + 1)))),
    mostStem: Math.max(0, ...[...stems.keys()].map(({ length }) => length)),
    slips: slipsOf(written, weightyOf(rules)),
    remembered: new Map(),
  }
}

/** A phrase without its spaces: of fewer letters it may be a part of two other words. */
const LEAST_GLUED = 8

function gluedOf({ meaning, words }: Term): Word | undefined {
  const text = words.map((word) => word.text).join('')
  if (meaning === 'innocent' || text.length < LEAST_GLUED) return undefined
  return { ...spell(text), text, isStem: words.at(-1)?.isStem === true }
}

const weightyOf = (rules: readonly Rules[]): ReadonlySet<string> =>
  new Set(rules.flatMap(({ weighty = [] }) => weighty.flatMap(wordsOf).map(({ text }) => text)))

/** A sign of little by itself bears none: `suggestive`, `adult` and `innocent`. */
const BEAR_SLIPS: readonly Meaning[] = ['alone', 'minor', 'ambiguous', 'sexual']

function slipsOf(
  terms: readonly Term[],
  weighty: ReadonlySet<string>,
): ReadonlyMap<string, readonly Term[]> {
  const slips = new Map<string, Term[]>()
  for (const term of terms) {
    const { text = '' } = term.words[0] ?? {}
    const isLong = text.length >= LEAST_SLIPPED || weighty.has(text)
    if (!isLong || !BEAR_SLIPS.includes(term.meaning)) continue
    for (const rest of new Set(restsOf(text))) slips.set(rest, [...(slips.get(rest) ?? []), term])
  }
  return slips
}

function wordsOf(term: string): readonly Word[] {
  const found = skeleton(fold(term)).match(/[\p{L}\p{N}]+\*?/gu) ?? []
  return found.map((each) => {
    const text = lettered(each.replace('*', ''))
    return { ...spell(text), text, isStem: each.endsWith('*') }
  })
}
