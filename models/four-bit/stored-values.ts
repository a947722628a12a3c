/** Reads a stored weight as float32, some rows at a time. */
import { type FileHandle, open } from 'node:fs/promises'
import { getFloat16 } from '@petamoriken/float16'
import { Failure } from '#contract'
import type { FileRange, Weight } from '../checkpoints/weight.ts'

/** Read and packed between two turns of the event loop: 4 million weights. */
const CHUNK = 2 ** 22

/** The values of a matrix in order, in pieces of whole rows of `width`. Throws Failure('checkpoint-unsupported') for 8-bit weights. */
export async function* storedValues(
  { type, bytes }: Weight,
  width: number,
): AsyncGenerator<Float32Array> {
  if (type !== 'F32' && type !== 'F16' && type !== 'BF16') {
    const where = bytes instanceof Uint8Array ? 'A weight' : bytes.file
    throw new Failure(
      'checkpoint-unsupported',
      `${where} has weights of type ${type}, which cannot be rounded to four bits: get the checkpoint in BF16.`,
    )
  }
  const size = type === 'F32' ? 4 : 2
  if (bytes instanceof Uint8Array) {
    yield toFloat32(Uint8Array.from(bytes), type)
    return
  }
  const piece = Math.max(1, Math.floor(CHUNK / width)) * width * size
  const file = await open(bytes.file)
  try {
    for (let done = 0; done < bytes.length; done += piece) {
      const length = Math.min(piece, bytes.length - done)
      yield toFloat32(await read(file, { ...bytes, offset: bytes.offset + done, length }), type)
    }
  } finally {
    await file.close()
  }
}

async function read(handle: FileHandle, { file, offset, length }: FileRange) {
  const bytes = new Uint8Array(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
    if (bytesRead === 0) throw new Error(`${file} ended while it was read`)
    done += bytesRead
  }
  return bytes
}

function toFloat32({ buffer }: Uint8Array<ArrayBuffer>, type: 'F32' | 'F16' | 'BF16') {
  if (type === 'F32') return new Float32Array(buffer)
  const halves = new Uint16Array(buffer)
  if (type === 'F16') {
    const values = new Float32Array(halves.length)
    for (let i = 0; i < halves.length; i++) values[i] = halfValues[halves[i] ?? 0] ?? 0
    return values
  }
  // A bfloat16 is the upper half of a float32. A plain loop: with a callback it takes ten times as long.
  const words = new Uint32Array(halves.length)
  for (let i = 0; i < halves.length; i++) words[i] = (halves[i] ?? 0) << 16
  return new Float32Array(words.buffer)
}

/** The value of every float16, by its bits. */
const halfValues = Float32Array.from({ length: 2 ** 16 }, (_, bits) =>
  getFloat16(new DataView(Uint16Array.of(bits).buffer), 0, true),
)
