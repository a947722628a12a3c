/**
 * Reads a CLIP tokenizer's files, ours or a diffusers folder's, whichever of the two layouts it
 * has.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Failure } from '#contract'
import { clipTokenizerJson } from './clip-json.ts'

const OURS = fileURLToPath(new URL('./clip', import.meta.url))

export interface ClipFiles {
  /** For messages. */
  readonly name: string
  /** A Hugging Face tokenizer.json. */
  readonly json: z.infer<typeof tokenizerJson>
  /** Every token that has an id, the added ones too. */
  readonly vocabulary: ReadonlyMap<string, number>
  readonly startToken: string
  readonly endToken: string
  /** Undefined where no file names one. */
  readonly padToken: string | undefined
}

/**
 * What `folder` says, or our own files where it does not exist.
 * Throws `checkpoint-invalid` where it exists and holds no tokenizer, or one that cannot be read.
 */
export function readClipFiles(folder: string | undefined): ClipFiles {
  const root = folder !== undefined && existsSync(folder) ? folder : OURS
  const json = readTokenizer(root)
  const named = {
    ...readJson(root, 'special_tokens_map.json', tokenNames),
    ...readJson(root, 'tokenizer_config.json', tokenNames),
  }
  const vocabulary = new Map(Object.entries(json.model.vocab))
  for (const { content, id } of json.added_tokens) vocabulary.set(content, id)
  return {
    name: root,
    json,
    vocabulary,
    startToken: named.bos_token ?? '<|startoftext|>',
    endToken: named.eos_token ?? '<|endoftext|>',
    padToken: named.pad_token,
  }
}

const tokenizerJson = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })),
  model: z.looseObject({ vocab: z.record(z.string(), z.int()) }),
})

const vocabularyJson = z.record(z.string(), z.int())

// A token is written as its text, or as an object around it. Absent and null are the same.
const tokenName = z
  .union([z.string(), z.looseObject({ content: z.string() })])
  .nullish()
  .transform((token) => (typeof token === 'object' ? token?.content : token))

const tokenNames = z
  .object({ bos_token: tokenName, eos_token: tokenName, pad_token: tokenName })
  .transform((names) => {
    const given: { bos_token?: string; eos_token?: string; pad_token?: string } = {}
    if (names.bos_token !== undefined) given.bos_token = names.bos_token
    if (names.eos_token !== undefined) given.eos_token = names.eos_token
    if (names.pad_token !== undefined) given.pad_token = names.pad_token
    return given
  })

function readTokenizer(root: string): z.infer<typeof tokenizerJson> {
  const whole = readJson(root, 'tokenizer.json', tokenizerJson)
  if (whole) return whole
  const vocabulary = readJson(root, 'vocab.json', vocabularyJson)
  const merges = readText(root, 'merges.txt')
  if (vocabulary && merges !== undefined) return clipTokenizerJson(vocabulary, merges)
  throw new Failure(
    'checkpoint-invalid',
    `${root} holds neither tokenizer.json nor vocab.json and merges.txt: complete or remove that folder`,
  )
}

function readJson<T extends z.ZodType>(
  root: string,
  name: string,
  schema: T,
): z.infer<T> | undefined {
  const text = readText(root, name)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const message = `${join(root, name)} is not what a CLIP tokenizer has there: replace that file`
    throw new Failure('checkpoint-invalid', message, { cause })
  }
}

function readText(root: string, name: string): string | undefined {
  const path = join(root, name)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
