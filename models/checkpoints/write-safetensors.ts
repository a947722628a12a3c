/** Writes a safetensors file, one tensor in memory at a time, for fixtures, benches and tools. */
import { open } from 'node:fs/promises'
import { type ElementType, elementSize } from './element-size.ts'

export interface TensorToWrite {
  readonly name: string
  readonly type: ElementType
  /** `[]` is a scalar. */
  readonly shape: readonly number[]
  /** Little-endian and row-major; a function is called only when the tensor's turn comes. */
  readonly data: Uint8Array | (() => Uint8Array | Promise<Uint8Array>)
}

/**
 * Writes `tensors` in the order given, data contiguous and 8-aligned at its start, as the reference writer does.
 * The descriptions are read first, the data afterwards and one tensor at a time, so a file larger than memory is
 * fine where `data` is a function. Replaces what was at `path`.
 * Throws where data has not the length that its type and shape say, or where a name comes twice.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const all = [...tensors]
  const file = await open(path, 'w')
  try {
    await writeFully(file, safetensorsHeader(all, metadata))
    for (const tensor of all) {
      const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data
      if (data.byteLength !== byteLength(tensor)) {
        throw new Error(
          `${tensor.name}: ${data.byteLength} bytes given, ${byteLength(tensor)} expected`,
        )
      }
      await writeFully(file, data)
    }
  } finally {
    await file.close()
  }
}

/** The length prefix and the JSON that begin a file of these tensors. Throws where a name comes twice. */
export function safetensorsHeader(
  tensors: Iterable<Omit<TensorToWrite, 'data'>>,
  metadata?: Readonly<Record<string, string>>,
): Buffer {
  const entries = new Map<string, unknown>()
  if (metadata) entries.set('__metadata__', metadata)
  let offset = 0
  for (const tensor of tensors) {
    if (entries.has(tensor.name)) throw new Error(`two tensors named ${tensor.name}`)
    const end = offset + byteLength(tensor)
    const { name, type, shape } = tensor
    entries.set(name, { dtype: type, shape, data_offsets: [offset, end] })
    offset = end
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const padded = Math.ceil(json.length / 8) * 8
  const header = Buffer.alloc(8 + padded, ' ')
  header.writeBigUInt64LE(BigInt(padded), 0)
  json.copy(header, 8)
  return header
}

function byteLength({ type, shape }: Pick<TensorToWrite, 'type' | 'shape'>): number {
  return shape.reduce((product, dimension) => product * dimension, elementSize(type))
}

/** A single write call moves at most 2 GiB on Linux, and may move less than asked. */
async function writeFully(
  file: Awaited<ReturnType<typeof open>>,
  bytes: Uint8Array,
): Promise<void> {
  let done = 0
  while (done < bytes.byteLength) {
    const length = Math.min(bytes.byteLength - done, 1 << 30)
    done += (await file.write(bytes, done, length)).bytesWritten
  }
}
