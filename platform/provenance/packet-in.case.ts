/** The XMP packet of a file, for tests: found by the layout of the format alone, with no library that may be lenient. */

import type { PictureFormat } from '../image/picture-format.ts'

/** Throws where there is not exactly one. */
export function packetIn(file: Uint8Array, format: PictureFormat): string {
  const found = finders[format](Buffer.from(file))
  const [only, ...more] = found
  if (only === undefined || more.length > 0) throw new Error(`${found.length} packets of XMP`)
  return only.toString('utf8')
}

const finders: Readonly<Record<PictureFormat, (file: Buffer) => Buffer[]>> = {
  png: inPng,
  webp: inWebp,
  jpeg: inJpeg,
}

/** An iTXt chunk: keyword, not compressed, method 0, no language, no translated keyword. */
function inPng(file: Buffer): Buffer[] {
  const start = Buffer.from('XML:com.adobe.xmp\0\0\0\0\0', 'latin1')
  const found: Buffer[] = []
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8)
    const data = file.subarray(at + 8, at + 8 + file.readUInt32BE(at))
    const isXmp = type === 'iTXt' && data.subarray(0, start.length).equals(start)
    if (isXmp) found.push(data.subarray(start.length))
  }
  return found
}

/** A chunk of its own, and a flag in the header that says so. */
function inWebp(file: Buffer): Buffer[] {
  const found: Buffer[] = []
  let isFlagged = false
  // Chunks are padded to even lengths.
  for (let at = 12; at < file.length; at += 8 + 2 * Math.ceil(file.readUInt32LE(at + 4) / 2)) {
    const type = file.toString('latin1', at, at + 4)
    const data = file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4))
    if (type === 'VP8X') isFlagged = ((data[0] ?? 0) & 0x04) !== 0
    if (type === 'XMP ' && isFlagged) found.push(data)
  }
  return found
}

/** An APP1 segment that begins with the namespace. */
function inJpeg(file: Buffer): Buffer[] {
  const start = Buffer.from('http://ns.adobe.com/xap/1.0/\0', 'latin1')
  const found: Buffer[] = []
  const START_OF_SCAN = 0xda
  for (let at = 2; file[at + 1] !== START_OF_SCAN; at += 2 + file.readUInt16BE(at + 2)) {
    const data = file.subarray(at + 4, at + 2 + file.readUInt16BE(at + 2))
    const isXmp = file[at + 1] === 0xe1 && data.subarray(0, start.length).equals(start)
    if (isXmp) found.push(data.subarray(start.length))
  }
  return found
}
