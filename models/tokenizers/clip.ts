/**
 * CLIP's tokenizer as SDXL's two text encoders use it: text to token ids, equal to Python's
 * CLIPTokenizer.
 */
import { existsSync } from 'node:fs'
import { env, PreTrainedTokenizer } from '@huggingface/transformers'
import { Failure } from '#contract'
import { type ClipFiles, readClipFiles } from './clip-files.ts'

env.allowRemoteModels = false

/** Windows, truncation and padding are the prompt code's: this one only knows ids. */
export interface ClipTokenizer {
  /**
   * Ids of the text alone: no start, no end, no padding, nothing cut. Never `startOfText` or
   * `endOfText`.
   */
  encode(text: string): number[]
  readonly startOfText: number
  readonly endOfText: number
  /** What fills a window after its end-of-text. */
  readonly pad: number
  /** Whether a word ends with this token, rather than go on with the next. */
  endsWord(id: number): boolean
}

/**
 * CLIP-L pads with its end-of-text; bigG with `!`, which its tokenizer_2 therefore never splits or
 * joins.
 */
export const BIG_G_PAD = '!'

/**
 * The tokenizer in `folder` (a diffusers `tokenizer` or `tokenizer_2`), or the published CLIP
 * vocabulary where there is no such folder, as beside a single file.
 *
 * `pad` is the padding token where the folder names none: end-of-text by default, `BIG_G_PAD` for
 * the second encoder.
 * Throws `checkpoint-invalid` for a folder that holds no vocabulary, or a token outside it.
 */
export function loadClipTokenizer(
  options: { folder?: string | undefined; pad?: string | undefined } = {},
): ClipTokenizer {
  const { folder, pad } = options
  if (folder !== undefined && existsSync(folder)) return tokenizerOf(readClipFiles(folder), pad)
  const known = published.get(pad)
  if (known) return known
  publishedFiles ??= readClipFiles(undefined)
  const made = tokenizerOf(publishedFiles, pad)
  published.set(pad, made)
  return made
}

// Both encoders read the same vocabulary, again for each choice of LoRAs: it is parsed once, and made a tokenizer once for
// each padding token, of which there are two.
const published = new Map<string | undefined, ClipTokenizer>()
let publishedFiles: ClipFiles | undefined

function tokenizerOf(files: ClipFiles, givenPad: string | undefined): ClipTokenizer {
  const padToken = files.padToken ?? givenPad ?? files.endToken
  const idOf = (token: string) => {
    const id = files.vocabulary.get(token)
    if (id !== undefined) return id
    throw new Failure('checkpoint-invalid', `${files.name} has no token ${token}: mend that folder`)
  }
  const pad = idOf(padToken)
  const tokenizer = new PreTrainedTokenizer(withSpecialToken(files.json, padToken, pad), {})
  const wordEnds = new Set(
    [...files.vocabulary].filter(([token]) => token.endsWith('</w>')).map(([, id]) => id),
  )
  const soften = softener([files.startToken, files.endToken])
  return {
    startOfText: idOf(files.startToken),
    endOfText: idOf(files.endToken),
    pad,
    encode: (text) => tokenizer.encode(soften(text), { add_special_tokens: false }),
    endsWord: (id) => wordEnds.has(id),
  }
}

interface AddedToken {
  readonly id: number
  readonly content: string
}

// transformers takes whatever pads as a special token, cut out of the text before anything else:
// `cat!!` is then [cat, 0, 0] for bigG, where open_clip has one id for `!!`. SDXL as diffusers runs
// it has the former.
function withSpecialToken<T extends { readonly added_tokens: readonly AddedToken[] }>(
  json: T,
  content: string,
  id: number,
): T {
  if (json.added_tokens.some((token) => token.content === content)) return json
  const flags = {
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }
  return { ...json, added_tokens: [...json.added_tokens, { id, content, ...flags }] }
}

// A prompt that spells out a special token would become that token, and the pooled embedding is
// read at the first end-of-text. A space after its opening makes it what open_clip reads: ordinary
// text.
// Lowercasing a final sigma depends on its neighbours in JavaScript and does not in Python's
// tokenizer.
function softener(specialTokens: readonly string[]): (text: string) => string {
  const alternatives = specialTokens.map((token) => token.replace(/[^\p{L}\p{N}]/gu, '\\$&'))
  const spelled = new RegExp(alternatives.join('|'), 'gi')
  const opening = /^[^\p{L}\p{N}]+|^./u
  return (text) =>
    text.replace(spelled, (token) => token.replace(opening, '$& ')).replaceAll('Σ', 'σ')
}
