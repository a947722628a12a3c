/**
 * Reads AUTOMATIC1111's emphasis: `(more)`, `[less]`, `(exactly:1.3)`, `\(` and BREAK. Everything
 * else is text.
 */
import { boundedWeight, type WeightedText } from './weighted-text.ts'

/**
 * Pieces in order; a break ends the window. Never throws: an unmatched closer is text, an open
 * bracket ends with the prompt.
 */
export function parseA1111(prompt: string): (WeightedText | 'break')[] {
  const pieces: Piece[] = []
  const round: number[] = []
  const square: number[] = []
  // Multiplies everything since the bracket at `start` opened.
  const weigh = (start: number, factor: number) => {
    for (const piece of pieces.slice(start)) piece.weight *= factor
  }

  for (const [symbol, number] of prompt.matchAll(SYMBOL)) {
    if (symbol.startsWith('\\')) pieces.push({ text: symbol.slice(1), weight: 1, break: false })
    else if (symbol === '(') round.push(pieces.length)
    else if (symbol === '[') square.push(pieces.length)
    else if (isWeight(number) && round.length > 0) weigh(round.pop()!, Number(number))
    else if (symbol === ')' && round.length > 0) weigh(round.pop()!, ROUND)
    else if (symbol === ']' && square.length > 0) weigh(square.pop()!, SQUARE)
    else pieces.push(...splitAtBreaks(symbol))
  }
  for (const start of round) weigh(start, ROUND)
  for (const start of square) weigh(start, SQUARE)
  return merged(pieces)
}

interface Piece {
  readonly text: string
  readonly break: boolean
  weight: number
}

const ROUND = 1.1
const SQUARE = 1 / 1.1

// An escape, a bracket, the end of a weighted bracket, a run of ordinary characters, or a lone
// colon.
const SYMBOL = /\\[()[\]\\]?|[([]|:([+-]?[.\d]+)\)|[)\]]|[^\\()[\]:]+|:/g

// A word of its own, in any script.
const BREAK = /\s*(?<![\p{L}\p{N}_])BREAK(?![\p{L}\p{N}_])\s*/u

// The symbol above also takes `:1.2.3)`, which is no number and so no weight.
function isWeight(number: string | undefined): boolean {
  return number !== undefined && Number.isFinite(Number(number))
}

function splitAtBreaks(text: string): Piece[] {
  return text.split(BREAK).flatMap((part, index) => {
    const piece = { text: part, weight: 1, break: false }
    return index === 0 ? [piece] : [{ text: '', weight: 1, break: true }, piece]
  })
}

// Neighbours of one weight are tokenised together, so that `(un)(split)` is one word.
function merged(pieces: readonly Piece[]): (WeightedText | 'break')[] {
  const result: (WeightedText | 'break')[] = []
  for (const piece of pieces) {
    const weight = boundedWeight(piece.weight)
    const last = result.at(-1)
    if (piece.break) result.push('break')
    else if (last !== undefined && last !== 'break' && last.weight === weight) {
      result[result.length - 1] = { text: last.text + piece.text, weight }
    } else result.push({ text: piece.text, weight })
  }
  return result
}
