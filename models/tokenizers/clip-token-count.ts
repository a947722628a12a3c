/**
 * Counts the tokens that SDXL's text encoders make of a text, by the published vocabulary's merges. The count alone
 * needs neither ids nor the tokenizer library, which would bring ONNX Runtime and a quarter of a gigabyte into
 * gateway and daemon.
 */
import { z } from 'zod'
import { readClipFiles } from './clip-files.ts'
import { mergedLength } from './merged-length.ts'

/** Tokens without start, end and padding: of the two encoders, the count of the one that makes more. */
export type CountTokens = (text: string) => number

/** As the tokenizer.json says it; what JavaScript calls white space is not what Unicode does. */
const PIECES = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu
/** Words repeat: each is split once. */
const MOST_KNOWN = 10_000
/** A longer one is not copied out of its text, but keeps all of it (V8's sliced strings, from 13 on). */
const LONGEST_KNOWN = 12

const files = z.object({ model: z.object({ merges: z.array(z.string()) }) })

/** Reads the vocabulary, which takes about 0.1 s. */
export function loadTokenCounter(): CountTokens {
  const { merges } = files.parse({ model: readClipFiles(undefined).json.model }).model
  const ranks = new Map(merges.map((pair, rank) => [pair, rank]))
  const known = new Map<string, number>()
  const countPiece = (piece: string): number => {
    const before = known.get(piece)
    if (before !== undefined) return before
    const count = mergedLength(symbolsOf(piece), ranks)
    if (piece.length > LONGEST_KNOWN) return count
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(piece, count)
    return count
  }
  const countAll = (text: string) =>
    (text.match(PIECES) ?? []).reduce((sum, piece) => sum + countPiece(piece), 0)
  return (text) => {
    const plain = lowerCase(text.normalize('NFC'))
    const first = countAll(plain)
    // bigG pads with `!`, so that its tokenizer joins none with its neighbours.
    return plain.includes('!') ? Math.max(first, countAll(plain.replaceAll('!', ' ! '))) : first
  }
}

/** Each sign by itself: a Greek word's last sigma is one like any other. */
const lowerCase = (text: string): string =>
  /\p{Changes_When_Lowercased}/u.test(text)
    ? [...text].map((sign) => sign.toLowerCase()).join('')
    : text

/** GPT-2's visible sign for each byte; the last one ends the word. */
function symbolsOf(piece: string): string[] {
  const symbols = [...Buffer.from(piece, 'utf8')].map((byte) => SIGNS[byte] ?? '')
  const last = symbols.pop()
  return last === undefined ? [] : [...symbols, `${last}</w>`]
}

const SIGNS: readonly string[] = byteSigns()

/** Bytes that are visible in Latin-1 stand for themselves; the others, in order, for U+0100 and on. */
function byteSigns(): string[] {
  const isVisible = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  let others = 0
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(isVisible(byte) ? byte : 256 + others++),
  )
}
