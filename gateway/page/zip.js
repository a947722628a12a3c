/**
 * Several files as one: a ZIP archive whose entries are stored as they are, since pictures are compressed already.
 * Layout and names of fields: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
 */

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {Blob} blob
 */

/** Without the extension for larger archives. */
const MOST_BYTES = 0xffffffff
const MOST_ENTRIES = 0xffff
const VERSION = 20
/** Bit 11: names are UTF-8. */
const UTF8 = 0x0800

/**
 * Throws where there is more than fits: 4 GB, or 65,535 entries.
 *
 * @param {readonly Entry[]} entries Names are to differ.
 * @param {Date} [at]
 * @returns {Promise<Blob>}
 */
export async function zip(entries, at = new Date()) {
  /** @type {BlobPart[]} */
  const parts = []
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const directory = []
  let offset = 0
  for (const { name, blob } of entries) {
    const named = new TextEncoder().encode(name)
    const crc = crc32(new Uint8Array(await blob.arrayBuffer()))
    // What a local header and a directory's entry have in common.
    const shared = fields([VERSION, 2], [UTF8, 2], [0, 2], [dosTime(at), 4], [crc, 4])
    const sizes = fields([blob.size, 4], [blob.size, 4], [named.length, 2], [0, 2])
    parts.push(fields([0x04034b50, 4]), shared, sizes, named, blob)
    const place = fields([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4])
    directory.push(fields([0x02014b50, 4], [VERSION, 2]), shared, sizes, place, named)
    offset += 30 + named.length + blob.size
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0)
  if (entries.length > MOST_ENTRIES || offset + length > MOST_BYTES) {
    throw new RangeError('one archive holds at most 65,535 files and 4 GB')
  }
  const count = entries.length
  const end = fields([0x06054b50, 4], [0, 4], [count, 2], [count, 2], [length, 4], [offset, 4])
  return new Blob([...parts, ...directory, end, fields([0, 2])], { type: 'application/zip' })
}

/**
 * Little endian, each a value and its bytes.
 *
 * @param {...readonly [number, 2 | 4]} values
 */
function fields(...values) {
  const bytes = new Uint8Array(values.reduce((sum, [, size]) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [value, size] of values) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += size
  }
  return bytes
}

/**
 * Time in the low half, date in the high one; to two seconds, from 1980 on.
 *
 * @param {Date} at
 */
function dosTime(at) {
  const time = (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1)
  const date = ((at.getFullYear() - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate()
  return ((date << 16) | time) >>> 0
}

/** Of each byte; 0xedb88320 is the polynomial of ISO 3309, its bits reversed. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** @param {Uint8Array} bytes */
export function crc32(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0)
  return (crc ^ 0xffffffff) >>> 0
}
