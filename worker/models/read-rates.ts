/** How fast a file is read in place, and how fast it could be copied: by 64 MB of it, before gigabytes are moved. */
import { type FileHandle, open } from 'node:fs/promises'

export interface ReadRates {
  /** Bytes a second, one small piece after another, as a mapped file is read by its pages. */
  readonly inPlace: number
  /** Bytes a second in large pieces, several at once: what a copy does. */
  readonly copied: number
}

const PROBE = 32 << 20
/** Linux reads so much ahead of a fault. */
const SMALL = 128 << 10
export const LARGE = 8 << 20
export const AT_ONCE = 4

/** Of pieces within the file that nobody has just read, if it is long enough to have such. */
export async function measureReads(path: string, bytes: number): Promise<ReadRates> {
  await using file = await open(path, 'r')
  const middle = Math.max(0, Math.floor(bytes / 2))
  const length = Math.min(PROBE, Math.floor(bytes / 4))
  const inPlace = await rateOf(length, async () => {
    for (let at = middle; at < middle + length; at += SMALL) await readAt(file, at, SMALL)
  })
  const copied = await rateOf(length, async () => {
    const from = middle + length
    const starts = Array.from({ length: Math.ceil(length / LARGE) }, (_, i) => from + i * LARGE)
    await Promise.all(starts.map((at) => readAt(file, at, LARGE)))
  })
  return { inPlace, copied }
}

/** Shorter at the end of the file. */
export async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at)
  return buffer.subarray(0, bytesRead)
}

async function rateOf(bytes: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (1_000 * bytes) / Math.max(0.001, performance.now() - began)
}
