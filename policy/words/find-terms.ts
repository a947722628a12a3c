/** Which terms stand in a text, however their letters are spaced, doubled, glued together or half hidden. */
import type { Sign } from '../rules.ts'
import type { Lexicon, Term, Word } from './lexicon.ts'
import { misspelledTerms } from './misspelled.ts'
import { ordinaryWords } from './ordinary-words.ts'
import type { Piece } from './pieces.ts'
import { LEAST_SLIPPED, LEAST_WEIGHTY } from './slips.ts'
import { isStretched, type Spelling, spell } from './spelling.ts'

/** What the pieces are signs of, together. Linear in their number. */
export function findTerms(pieces: readonly Piece[], lexicon: Lexicon): ReadonlySet<Sign> {
  const found = new Set<Sign>()
  const spelled = pieces.map(({ word }) => spell(word))
  const phrases = spelled.flatMap((_, at) => phrasesAt(at, spelled, lexicon))
  const innocent = phrases.filter(({ meaning }) => meaning === 'innocent')
  const covered = new Set(innocent.flatMap(({ from, to }) => range(from, to)))
  const add = (terms: readonly Term[], from: number, to: number) => {
    if (covered.has(from) && covered.has(to - 1)) return
    for (const { meaning } of terms) if (meaning !== 'innocent') found.add(meaning)
  }
  const spans = new Set(innocent.map(({ from, to }) => `${from} ${to}`))
  for (const { meaning, from, to } of phrases) {
    const isCovered = covered.has(from) && covered.has(to - 1)
    // A phrase may be innocent for one sign and be another: it hides what is in it, and not itself.
    const isItself = spans.has(`${from} ${to}`)
    if (meaning !== 'innocent' && (isItself || !isCovered)) found.add(meaning)
  }
  for (const [at, piece] of pieces.entries()) {
    add(termsOf(piece.word, lexicon), at, at + 1)
    if (piece.bare !== undefined && piece.bare !== piece.word) {
      add(termsOf(piece.bare, lexicon), at, at + 1)
    }
    for (const { terms, to } of joinsAt(at, pieces, lexicon)) add(terms, at, to)
  }
  for (const { word, from, to } of letteredRuns(pieces)) add(termsOf(word, lexicon), from, to)
  return found
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i)

interface Phrase {
  readonly meaning: Term['meaning']
  readonly from: number
  readonly to: number
}

function phrasesAt(
  at: number,
  spelled: readonly Spelling[],
  { phrases }: Lexicon,
): readonly Phrase[] {
  const candidates = phrases.get(spelled[at]?.key ?? '') ?? []
  return candidates.flatMap(({ meaning, words }) => {
    const isThere = words.every((word, i) => {
      const here = spelled[at + i]
      return here !== undefined && isWord(here, word)
    })
    return isThere ? [{ meaning, from: at, to: at + words.length }] : []
  })
}

function isWord(here: Spelling, word: Word): boolean {
  const isAlike = word.isStem ? here.key.startsWith(word.key) : here.key === word.key
  return isAlike && isStretched(here, word)
}

/** Backwards, shorter words are others: Lana, live, evil. */
const LEAST_REVERSED = 5

/** Of which a lexicon remembers what they mean: prompts are mostly made of the same words. */
const MOST_REMEMBERED = 10_000
const LONGEST_REMEMBERED = 24

function termsOf(word: string, lexicon: Lexicon): readonly Term[] {
  const { remembered } = lexicon
  const known = remembered.get(word)
  if (known) return known
  const terms = readTerms(word, lexicon)
  if (word.length > LONGEST_REMEMBERED) return terms
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  remembered.set(word, terms)
  return terms
}

/** Terms that the word is, begins with, is the mirror image of, is glued together from, or is a slip away from. */
function readTerms(word: string, lexicon: Lexicon): readonly Term[] {
  if (word.length < 2) return []
  const spelled = spell(word)
  const whole = wholeOf(spelled, lexicon)
  const stems: Term[] = []
  for (let end = Math.min(spelled.key.length, lexicon.mostStem); end > 1; end--) {
    const terms = lexicon.stems.get(spelled.key.slice(0, end))
    if (terms) stems.push(...terms.filter(isStretchedTo(spelled)))
  }
  if (whole.length + stems.length > 0) return [...whole, ...stems]
  if (word.length < LEAST_REVERSED) return []
  const mirrored = wholeOf(spell([...word].reverse().join('')), lexicon)
  if (mirrored.length > 0) return mirrored
  const glued = gluedOf(word, lexicon)
  return glued.length > 0 ? glued : misspelledTerms(word, lexicon)
}

function wholeOf(spelled: Spelling, { whole }: Lexicon): readonly Term[] {
  return whole.get(spelled.key)?.filter(isStretchedTo(spelled)) ?? []
}

const isStretchedTo =
  (spelled: Spelling) =>
  ({ words: [word] }: Term): boolean =>
    word !== undefined && isStretched(spelled, word)

const LEAST_PART = 3
/** Of a term that is glued to a word that is none: `therapist` has shorter ones in it. */
const LEAST_BESIDE_ORDINARY = 5
const MOST_GLUED = 40

/** Two terms without a space, or a term and an ordinary word. */
function gluedOf(word: string, lexicon: Lexicon): readonly Term[] {
  if (word.length > MOST_GLUED) return []
  for (let cut = LEAST_PART; cut <= word.length - LEAST_PART; cut++) {
    const [left, right] = [word.slice(0, cut), word.slice(cut)]
    const before = wholeOf(spell(left), lexicon)
    const after = wholeOf(spell(right), lexicon)
    if (before.length > 0 && after.length > 0) return [...before, ...after]
    if (after.length > 0 && right.length >= LEAST_BESIDE_ORDINARY && ordinaryWords.has(left)) {
      return after
    }
    if (before.length > 0 && left.length >= LEAST_BESIDE_ORDINARY && ordinaryWords.has(right)) {
      return before
    }
  }
  return []
}

interface LetteredRun {
  readonly word: string
  readonly from: number
  readonly to: number
}

interface Join {
  readonly terms: readonly Term[]
  readonly to: number
}

/** Of one letter, piece after piece: whoever draws it out further has written something else. */
const LONGEST_RUN = 8
/** Two pieces of a shorter word, with a space between them, are two words. */
const LEAST_APART = 5
const SLIVER = 2

/** Terms that begin with this piece and go on in the next ones. */
function joinsAt(at: number, pieces: readonly Piece[], lexicon: Lexicon): readonly Join[] {
  const joins: Join[] = []
  const first = pieces[at]
  if (!first) return joins
  let { word } = first
  let hasSpace = false
  let longest = word.length
  let isOrdinary = ordinaryWords.has(word)
  for (let next = at + 1; next < pieces.length; next++) {
    const piece = pieces[next]
    if (!piece) break
    word += piece.word
    hasSpace ||= piece.isApart
    longest = Math.max(longest, piece.word.length)
    isOrdinary &&= ordinaryWords.has(piece.word)
    const spelled = spell(word)
    if (!lexicon.beginnings.has(spelled.key) || (spelled.runs.at(-1) ?? 0) > LONGEST_RUN) break
    const isLong = word.length >= LEAST_APART
    const isLettered = longest === 1 && (isLong || !isWithinLetters(at, next, pieces))
    const isWritten = !hasSpace || isLettered || (isLong && !isOrdinary)
    if (!isWritten || word.length < LEAST_PART) continue
    // Letters one by one may go on after an open end; words that happen to follow may not, but where they are long.
    const isOpen = longest <= SLIVER || word.length >= LEAST_SLIPPED
    const open = isOpen ? (lexicon.stems.get(spelled.key) ?? []) : []
    const terms = [...wholeOf(spelled, lexicon), ...open.filter(isStretchedTo(spelled))]
    if (terms.length > 0) joins.push({ terms, to: next + 1 })
  }
  return joins
}

/** Words of which every letter stands by itself: whatever hides in a word hides in them too. */
function letteredRuns(pieces: readonly Piece[]): readonly LetteredRun[] {
  const runs: LetteredRun[] = []
  let word = ''
  for (let at = 0; at <= pieces.length; at++) {
    const letter = pieces[at]?.word
    if (letter?.length === 1) {
      word += letter
      continue
    }
    if (word.length >= LEAST_WEIGHTY) runs.push({ word, from: at - word.length, to: at })
    word = ''
  }
  return runs
}

const ALONE = /^[aeiouyà]$/

/** `E S S E X` is one word, written wide: what is shorter than it and within it is none. */
function isWithinLetters(from: number, to: number, pieces: readonly Piece[]): boolean {
  const around = [pieces[from - 1], pieces[to + 1]]
  return around.some((piece) => piece?.word.length === 1 && !ALONE.test(piece.word))
}
