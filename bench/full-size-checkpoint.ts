/** A checkpoint of SDXL's true size with random weights: what benches run on where no real one may be had. */
import { createCipheriv } from 'node:crypto'
import { mkdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sdxlSingleFileTensors, type TensorShape } from '#models/checkpoints/sdxl-single-file.ts'
import {
  safetensorsHeader,
  type TensorToWrite,
  writeSafetensors,
} from '#models/checkpoints/write-safetensors.ts'

/**
 * The path of a single file in the LDM layout with SDXL base's 2,515 names and shapes in float16, 6.9 GB. Written
 * once, to `$I2I_BENCH_DIR` or `.data/bench/`; a file that is there in full is taken as it is. Its bytes are the
 * same on every machine. Throws where the disk is full.
 */
export async function fullSizeCheckpoint(print: (line: string) => void): Promise<string> {
  const folder = process.env.I2I_BENCH_DIR ?? join('.data', 'bench')
  const path = join(folder, 'sdxl-random-f16.safetensors')
  const tensors = randomTensors()
  const length = fileLength(tensors)
  if ((await sizeOf(path)) === length) return path

  await mkdir(folder, { recursive: true })
  print(`writing ${(length / 1e9).toFixed(1)} GB of random weights to ${path}`)
  const started = performance.now()
  // Under another name until it is whole, so that what an interrupted run leaves is never taken for it.
  const partial = `${path}.partial`
  await writeSafetensors(partial, withProgress(tensors))
  await rename(partial, path)
  print(`wrote it in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return path
}

function randomTensors(): TensorToWrite[] {
  const random = randomBytes()
  return sdxlSingleFileTensors().map((tensor) => {
    const { name, shape } = tensor
    if (name.endsWith('position_ids')) {
      const positions = BigInt64Array.from({ length: 77 }, (_, i) => BigInt(i))
      return { name, shape, type: 'I64', data: new Uint8Array(positions.buffer) }
    }
    return { name, shape, type: 'F16', data: () => weights(tensor, random) }
  })
}

/**
 * Random float16 of one exponent: ±(1 to 2)·2^k. Weights of two or more dimensions get the greatest k whose standard
 * deviation is at most 1/√fan-in, so that activations stay finite through every block; norms lie at 1 to 1.12,
 * biases at about ±0.01.
 */
function weights({ name, shape }: TensorShape, random: (length: number) => Uint8Array): Uint8Array {
  const count = shape.reduce((product, side) => product * side, 1)
  const [kept, exponent] =
    shape.length >= 2
      ? [SIGN_AND_MANTISSA, exponentFor(count / (shape[0] ?? 1))]
      : name.endsWith('.weight')
        ? [LOW_MANTISSA, 0]
        : [SIGN_AND_MANTISSA, -7]
  // Two float16 in each word; a scalar has but half of one.
  const bytes = random(Math.ceil(count / 2) * 4)
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  const bits = (exponent + FLOAT16_BIAS) << 10
  const [mask, set] = [kept * 0x10001, bits * 0x10001]
  for (let i = 0; i < words.length; i++) words[i] = (words[i]! & mask) | set
  return bytes.subarray(0, count * 2)
}

const FLOAT16_BIAS = 15
const SIGN_AND_MANTISSA = 0x83ff
const LOW_MANTISSA = 0x007f

/** The mean square of a uniform mantissa, ∫₁² x² dx = 7/3, times 4^k is to be at most 1/fan-in. */
function exponentFor(fanIn: number): number {
  return Math.floor(-Math.log2((7 / 3) * fanIn) / 2)
}

/** AES in counter mode over zeros: gigabytes a second, and the same on every machine. */
function randomBytes(): (length: number) => Uint8Array {
  const cipher = createCipheriv('aes-128-ctr', Buffer.from('i2i full-size #1'), Buffer.alloc(16))
  return (length) => {
    const stream = cipher.update(Buffer.alloc(length))
    // A word array cannot begin at any byte, and small buffers share one pool.
    return stream.byteOffset % 4 === 0 ? stream : Uint8Array.from(stream)
  }
}

function fileLength(tensors: readonly TensorToWrite[]): number {
  const elements = ({ shape }: TensorToWrite) => shape.reduce((product, side) => product * side, 1)
  const bytes = tensors.map((tensor) => elements(tensor) * (tensor.type === 'I64' ? 8 : 2))
  return safetensorsHeader(tensors).length + bytes.reduce((sum, length) => sum + length, 0)
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size
}

/** Moves a bar on a terminal as tensors are asked for; elsewhere the two lines around it must do. */
function withProgress(tensors: readonly TensorToWrite[]): TensorToWrite[] {
  if (!process.stderr.isTTY) return [...tensors]
  return tensors.map((tensor, i) => ({
    ...tensor,
    data() {
      const end = i + 1 === tensors.length ? '\n' : ''
      process.stderr.write(`\r${Math.round((100 * (i + 1)) / tensors.length)} %${end}`)
      return typeof tensor.data === 'function' ? tensor.data() : tensor.data
    },
  }))
}
