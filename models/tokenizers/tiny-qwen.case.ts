/** A tiny random Qwen 2.5 with a tokenizer of its own, as a folder on the disk: it writes nonsense, fast. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type WrittenQwen2, writeQwen2 } from '#models/networks/goldens/qwen2.ts'

/** Returns the folder's path. */
export async function writeTinyQwen(
  folder: string,
  written: WrittenQwen2 = { variant: 'tied' },
): Promise<string> {
  const path = await writeQwen2(folder, written)
  await writeTinyTokenizer(path)
  return path
}

/** The network's end of text, and two that Qwen has beside it. */
export const SPECIALS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const
const FIRST_SPECIAL = 500
/** The id of the first of `phrases`. */
export const FIRST_PHRASE = FIRST_SPECIAL + SPECIALS.length

/** Of the tiny network's 512 tokens it has 503: every byte, pairs of letters, the special ones; and `phrases` after them. */
export async function writeTinyTokenizer(
  path: string,
  phrases: readonly string[] = [],
): Promise<void> {
  const letters = [...'etaoinshrdlucmfwypvbgkqjxz']
  const pairs = letters.flatMap((a) => letters.map((b) => [a, b] as const))
  const bytes = byteSymbols()
  const merges = pairs.slice(0, FIRST_SPECIAL - bytes.length)
  const tokens = [...bytes, ...merges.map((pair) => pair.join(''))]
  const added = [...SPECIALS, ...phrases].map((content, i) => ({
    ...{ id: FIRST_SPECIAL + i, content, special: i < SPECIALS.length },
    ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
  }))
  const tokenizer = {
    ...{ version: '1.0', truncation: null, padding: null, added_tokens: added },
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: QWEN_WORDS }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '' },
      ...{ end_of_word_suffix: '', fuse_unk: false, byte_fallback: false },
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map((pair) => [...pair]),
    },
  }
  const config = {
    tokenizer_class: 'Qwen2Tokenizer',
    ...{ eos_token: SPECIALS[0], pad_token: SPECIALS[0], model_max_length: 32_768 },
    ...{ add_prefix_space: false, clean_up_tokenization_spaces: false },
  }
  await writeFile(join(path, 'tokenizer.json'), JSON.stringify(tokenizer))
  await writeFile(join(path, 'tokenizer_config.json'), JSON.stringify(config))
}

/** As in the tokenizer.json of Qwen 2.5. */
const QWEN_WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

/** `bytes_to_unicode` of GPT-2: printable bytes are themselves, the others are moved to 256 and on. */
function byteSymbols(): string[] {
  let moved = 256
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
    return String.fromCodePoint(isPrintable ? byte : moved++)
  })
}
