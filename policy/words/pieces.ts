/** Cuts a folded text into the pieces that words are made of, and remembers what stood between them. */
import { isPlain, SEAM } from './fold.ts'
import { letterOfDigit } from './look-alikes.ts'

export interface Piece {
  /** As letters: digits within a word are read as what they stand for. */
  readonly word: string
  /** The same without digits about it: `1girl`; undefined where there are none. */
  readonly bare: string | undefined
  /** Whether white space stands before it, and not only signs or nothing to be seen. */
  readonly isApart: boolean
}

/** Chinese and Japanese stand beside other scripts without a space. */
const PIECE =
  /(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}])+|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+/gu

/** The same where there is nothing else, which is soon looked through. */
const PLAIN_PIECE = /[a-z0-9]+/g
const PLAIN_REST = /[^a-z0-9]+/g

export function piecesOf(skeleton: string): readonly Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of skeleton.matchAll(isPlain(skeleton) ? PLAIN_PIECE : PIECE)) {
    const [text] = match
    const isApart = pieces.length === 0 || /\s/.test(skeleton.slice(end, match.index))
    end = match.index + text.length
    const inner = /\d/.test(text) ? text.replace(/^\d+|\d+$/g, '') : ''
    pieces.push({ word: lettered(text), bare: inner === '' ? undefined : lettered(inner), isApart })
  }
  return pieces
}

/** A number by itself stays one. */
export const lettered = (word: string): string =>
  /^\d*$/.test(word) ? word : word.replace(/\d/g, letterOfDigit)

/** As a person reads it aloud: words and numbers, one space between. */
export function plainly(folded: string): string {
  const text = folded.replaceAll(SEAM, '')
  return text.replace(isPlain(text) ? PLAIN_REST : /[^\p{L}\p{N}]+/gu, ' ').trim()
}
