/**
 * Which libraries a shared object needs, read out of the file itself: slim images have neither ldd nor
 * readelf, and ldd runs the loader, which stops at the first library that is missing.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { Failure } from '#contract'

/** Numbers of the ELF format (System V ABI, chapters 4 and 5). */
const MAGIC = 0x7f454c46
const CLASS_64 = 2
const LITTLE_ENDIAN = 1
const SEGMENT_LOAD = 1
const SEGMENT_DYNAMIC = 2
const TAG_END = 0
const TAG_NEEDED = 1
const TAG_STRINGS = 5
const TAG_STRINGS_SIZE = 10

const HEADER_BYTES = 64
const ENTRY_BYTES = 16

interface Segment {
  readonly type: number
  /** Where it lies in the file, and where in memory. */
  readonly offset: number
  readonly address: number
  readonly length: number
}

/**
 * The names in the file's dynamic section, in its order, such as `libcudart.so.13`.
 * Throws Failure('device-unavailable') for what is no 64-bit little-endian ELF file with one.
 */
export async function neededLibraries(path: string): Promise<string[]> {
  await using file = await open(path)
  const segments = await readSegments(file, path)
  const dynamic = segments.find(({ type }) => type === SEGMENT_DYNAMIC)
  if (!dynamic) throw unreadable(path)
  const entries = readEntries(await read(file, dynamic))
  const numberOf = (wanted: number) => entries.find(({ tag }) => tag === wanted)?.value
  const address = numberOf(TAG_STRINGS)
  const length = numberOf(TAG_STRINGS_SIZE)
  if (address === undefined || length === undefined) throw unreadable(path)
  const strings = await read(file, { offset: offsetOf(address, segments), length })
  return entries
    .filter(({ tag }) => tag === TAG_NEEDED)
    .map(({ value }) => strings.toString('latin1', value, strings.indexOf(0, value)))
}

async function readSegments(file: FileHandle, path: string): Promise<Segment[]> {
  const header = await read(file, { offset: 0, length: HEADER_BYTES })
  const isOurs =
    header.length === HEADER_BYTES &&
    header.readUInt32BE(0) === MAGIC &&
    header[4] === CLASS_64 &&
    header[5] === LITTLE_ENDIAN
  if (!isOurs) throw unreadable(path)
  const [size, count] = [header.readUInt16LE(54), header.readUInt16LE(56)]
  const table = await read(file, { offset: wide(header, 32), length: size * count })
  return Array.from({ length: Math.floor(table.length / size) }, (_, index) => {
    const at = index * size
    return {
      type: table.readUInt32LE(at),
      offset: wide(table, at + 8),
      address: wide(table, at + 16),
      length: wide(table, at + 32),
    }
  })
}

function readEntries(section: Buffer): { readonly tag: number; readonly value: number }[] {
  const entries = []
  for (let at = 0; at + ENTRY_BYTES <= section.length; at += ENTRY_BYTES) {
    const tag = wide(section, at)
    if (tag === TAG_END) break
    entries.push({ tag, value: wide(section, at + 8) })
  }
  return entries
}

/** The dynamic section speaks of addresses in memory. */
function offsetOf(address: number, segments: readonly Segment[]): number {
  const holder = segments.find(
    (segment) =>
      segment.type === SEGMENT_LOAD &&
      address >= segment.address &&
      address < segment.address + segment.length,
  )
  return holder ? address - holder.address + holder.offset : address
}

async function read(
  file: FileHandle,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset)
  return buffer.subarray(0, bytesRead)
}

const wide = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at))

const unreadable = (path: string): Failure =>
  new Failure(
    'device-unavailable',
    `${path} is not a whole shared object for this machine: fetch it again.`,
  )
