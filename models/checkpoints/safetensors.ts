/** Opens a safetensors file by its header alone, and trusts nothing that the header says. */
import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Failure } from '#contract'
import type { ElementType } from './element-size.ts'
import { whatElse } from './not-safetensors.ts'
import { parseHeader } from './safetensors-header.ts'
import type { FileRange } from './weight.ts'

export interface StoredTensor {
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly bytes: FileRange
}

export interface Safetensors {
  /** Absolute, symbolic links resolved. */
  readonly file: string
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly metadata: ReadonlyMap<string, string>
}

/** The reference reader's own limit. SDXL needs 0.3 MB, but trainers and merges write their whole history into it. */
const maxHeaderBytes = 100_000_000

/**
 * Reads the header of the file at `path`, never the data. The tensors of what it returns are proved to tile the
 * file: in bounds, of the length that type and shape say, with no overlap and no hole.
 * Throws Failure('checkpoint-invalid') that names the file, what is wrong with it, and the mend.
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const { handle, file } = await openRegularFile(path)
  try {
    const { size } = await handle.stat()
    const start = await read(handle, 0, Math.min(size, 1024))
    const headerLength = start.length < 8 ? Number.NaN : Number(start.readBigUInt64LE(0))
    const bracket = start[8] === 0x7b
    if (!bracket || headerLength < 2 || headerLength > maxHeaderBytes) {
      throw new Failure('checkpoint-invalid', `${path} ${whatElse(start, headerLength)}`)
    }
    const dataStart = 8 + headerLength
    if (dataStart > size) {
      throw truncated(path, dataStart, size)
    }
    const header = parseHeader(await read(handle, 8, headerLength), path)
    if (dataStart + header.dataLength > size) {
      throw truncated(path, dataStart + header.dataLength, size)
    }
    if (dataStart + header.dataLength < size) {
      const extra = size - dataStart - header.dataLength
      throw new Failure(
        'checkpoint-invalid',
        `${path} has ${extra} bytes after its last tensor: it is damaged; download it again.`,
      )
    }
    const tensors = new Map<string, StoredTensor>()
    for (const { name, type, shape, begin, end } of header.tensors) {
      const bytes = { file, offset: dataStart + begin, length: end - begin }
      tensors.set(name, { type, shape, bytes })
    }
    return { file, tensors, metadata: header.metadata }
  } finally {
    await handle.close()
  }
}

/** Links are followed, for a Hugging Face cache is made of them; what they lead to must be a plain file. */
async function openRegularFile(path: string): Promise<{ handle: FileHandle; file: string }> {
  let handle: FileHandle | undefined
  try {
    const file = resolve(await realpath(path))
    // A named pipe would block the open for ever without O_NONBLOCK.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    if ((await handle.stat()).isFile()) return { handle, file }
  } catch (cause) {
    await handle?.close()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Failure(
      'checkpoint-invalid',
      `${path} cannot be opened (${why}): check that it exists and that this user may read it.`,
      { cause },
    )
  }
  await handle.close()
  throw new Failure(
    'checkpoint-invalid',
    `${path} is not a regular file: name a .safetensors file, or a diffusers folder.`,
  )
}

/** A file that shrinks while it is read comes back short, with zeros, which the header's checks refuse. */
async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes
}

function truncated(path: string, promised: number, size: number): Failure {
  return new Failure(
    'checkpoint-invalid',
    `${path} is truncated: its header promises ${promised} bytes, the file has ${size}: download it again.`,
  )
}
