/** Qwen's own tokenizer, from the folder that its network is in, and proved to belong to it. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { AutoTokenizer, env, type PreTrainedTokenizer } from '@huggingface/transformers'
import { Failure, messageOf } from '#contract'
import type { Qwen2Checkpoint } from '../checkpoints/qwen2-folder.ts'

env.allowRemoteModels = false

export interface QwenTokenizer {
  /** What is spelled like a special token becomes one. */
  encode(text: string): number[]
  /** Leaves out special tokens, and ids that no token has: a network's table is larger than its vocabulary. */
  decode(ids: readonly number[]): string
  /** Every token that has a line's end in it, and all that end a text. */
  readonly stopIds: readonly number[]
  /** Spelled, such as `<|endoftext|>`, of which the config has the ids. */
  readonly ends: readonly string[]
}

const FILES = ['tokenizer.json', 'tokenizer_config.json'] as const

/** Of a published tokenizer, at least: tables are padded with a few hundred rows (399 of 7B's 152,064). */
const LEAST_SHARE = 0.9

/** Throws `checkpoint-invalid` for a tokenizer that is missing, damaged, or another network's. */
export async function openQwenTokenizer({
  path,
  config: { vocabulary },
  endIds,
}: Qwen2Checkpoint): Promise<QwenTokenizer> {
  const tokenizer = await read(path)
  const tokens = tokenizer.get_vocab()
  if (tokens.size > vocabulary || tokens.size < LEAST_SHARE * vocabulary) {
    const counts = `it has ${tokens.size} tokens, where the network has ${vocabulary}`
    throw another(path, counts)
  }
  const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false })
  const decode = (ids: readonly number[]) => {
    const known = ids.filter((id) => id < tokens.size)
    return known.length === 0 ? '' : tokenizer.decode(known, DECODING)
  }
  if (decode(encode(SAMPLE)) !== SAMPLE) throw another(path, 'it does not give a text back')
  const spelled = new Map([...tokens].map(([token, id]) => [id, token]))
  const ends = endIds.map((id) => spelled.get(id) ?? '')
  const wrong = ends.findIndex((token) => !SPECIAL.test(token))
  if (wrong >= 0) {
    const what = `token ${endIds[wrong]} is to end a text, and it has ${JSON.stringify(ends[wrong])} there`
    throw another(path, what)
  }
  const lines = [...tokens].filter(([token]) => token.includes(LINE_END)).map(([, id]) => id)
  const turns = tokens.get(TURN_END)
  const all = new Set([...lines, ...endIds, ...(turns === undefined ? [] : [turns])])
  return { encode, decode, stopIds: [...all], ends }
}

/** How byte-level tokenizers spell byte 10 (`bytes_to_unicode` of GPT-2). */
const LINE_END = 'Ċ'
const SPECIAL = /^<\|.+\|>$/
/** Ends a turn of a conversation; of base models too, which have no use for it. */
const TURN_END = '<|im_end|>'
/** Letters, digits, accents, more than one byte, a line's end. */
const SAMPLE = 'A photo of Zoë, 35mm: 海\n'

const DECODING = { skip_special_tokens: true, clean_up_tokenization_spaces: false }

async function read(path: string): Promise<PreTrainedTokenizer> {
  for (const name of FILES) {
    await access(join(path, name)).catch((cause) => {
      const message = `${path} has no ${name}: download the whole folder of the Qwen 2.5 again.`
      throw new Failure('checkpoint-invalid', message, { cause })
    })
  }
  try {
    return await AutoTokenizer.from_pretrained(path, { local_files_only: true })
  } catch (cause) {
    const message = `The tokenizer of ${path} cannot be read (${messageOf(cause)}): download tokenizer.json and tokenizer_config.json again.`
    throw new Failure('checkpoint-invalid', message, { cause })
  }
}

const another = (path: string, what: string): Failure =>
  new Failure(
    'checkpoint-invalid',
    `The tokenizer of ${path} is not that of its network (${what}): download tokenizer.json and config.json of one model.`,
  )
