/** A tiny Qwen 2.5 whose weights make it say one thing: after a comma these phrases, and a line's end after the last. */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { readSafetensors } from '#models/checkpoints/safetensors.ts'
import { type TensorToWrite, writeSafetensors } from '#models/checkpoints/write-safetensors.ts'
import { writeQwen2 } from '#models/networks/goldens/qwen2.ts'
import { FIRST_PHRASE, writeTinyTokenizer } from '#models/tokenizers/tiny-qwen.case.ts'
import { createMersenneTwister } from '#pipeline/mersenne-twister.ts'

const WIDTH = 64
const VOCABULARY = 512
/** Where `bytes_to_unicode` leaves bytes: a byte's token is its own number. */
const [COMMA, LINE_END] = [','.charCodeAt(0), '\n'.charCodeAt(0)]

/**
 * Returns the folder's path. Nothing but the last token decides the next: every layer adds nothing, tokens are rows of
 * random signs, and the last layer answers to each of the script with the row after it. At most nine phrases.
 */
export async function writeScriptedQwen(
  folder: string,
  phrases: readonly string[],
): Promise<string> {
  const path = await writeQwen2(folder, { variant: 'untied' })
  await writeTinyTokenizer(path, phrases)
  const random = createMersenneTwister(1)
  const table = Float32Array.from({ length: VOCABULARY * WIDTH }, () => (random() & 1 ? 1 : -1))
  const head = new Float32Array(VOCABULARY * WIDTH)
  const script = [COMMA, ...phrases.map((_, i) => FIRST_PHRASE + i), LINE_END]
  for (const [i, token] of script.slice(1).entries()) {
    const before = (script[i] ?? 0) * WIDTH
    head.set(table.subarray(before, before + WIDTH), token * WIDTH)
  }
  const file = join(path, 'model.safetensors')
  const { tensors } = await readSafetensors(file)
  const written = [...tensors].map(([name, { shape }]): TensorToWrite => {
    const data = () => new Uint8Array(valuesOf(name, shape, { table, head }).buffer)
    return { name, shape, type: 'F32', data }
  })
  await writeSafetensors(`${file}.new`, written, { format: 'pt' })
  await rename(`${file}.new`, file)
  return path
}

function valuesOf(
  name: string,
  shape: readonly number[],
  { table, head }: { readonly table: Float32Array; readonly head: Float32Array },
): Float32Array<ArrayBufferLike> {
  if (name === 'model.embed_tokens.weight') return table
  if (name === 'lm_head.weight') return head
  const count = shape.reduce((all, side) => all * side, 1)
  return new Float32Array(count).fill(name.includes('norm') ? 1 : 0)
}
