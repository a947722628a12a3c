/**
 * Writes the older layout of a CLIP tokenizer, vocab.json and merges.txt, as the tokenizer.json
 * that is read here.
 */

interface AddedToken {
  readonly id: number
  readonly content: string
  readonly [flag: string]: unknown
}

interface TokenizerJson {
  readonly added_tokens: AddedToken[]
  readonly model: { readonly vocab: Record<string, number>; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/**
 * `vocabulary`: token to id. `mergesText`: a `#version` line, then one pair a line, most frequent
 * first.
 * Normalisation and splitting are those of every CLIP: NFC, one space for any white space, lower
 * case, then contractions, runs of letters, single digits and runs of the rest.
 */
export function clipTokenizerJson(
  vocabulary: Readonly<Record<string, number>>,
  mergesText: string,
): TokenizerJson {
  const regex = (pattern: string) => ({ Regex: pattern })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens(vocabulary),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: regex('\\s+'), content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: regex(PIECES), behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      ],
    },
    // Start and end are the prompt code's to add.
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: END_OF_TEXT,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab: { ...vocabulary },
      merges: mergesText
        .replace(/^#version.*/, '')
        .split(/\r?\n/)
        .filter(Boolean),
    },
  }
}

const PIECES = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"
const START_OF_TEXT = '<|startoftext|>'
const END_OF_TEXT = '<|endoftext|>'

function specialTokens(vocabulary: Readonly<Record<string, number>>): AddedToken[] {
  return [START_OF_TEXT, END_OF_TEXT].flatMap((content) => {
    const id = vocabulary[content]
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false }
    return id === undefined ? [] : [{ id, content, ...flags, special: true }]
  })
}
