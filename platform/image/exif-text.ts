/** The description inside a block of EXIF, which sharp hands over unread. */

/** ImageDescription of the first directory (EXIF 2.32, 4.6.4). */
const DESCRIPTION_TAG = 0x010e
const ENTRY_BYTES = 12

/** The description, or undefined where there is none or the block is broken. */
export function readExifDescription(exif: Uint8Array): string | undefined {
  const tiff = withoutPrefix(exif)
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  try {
    return findDescription(view)
  } catch (error) {
    // Offsets that lead out of the block: it comes from anywhere.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** JPEG and WebP put six bytes before the TIFF structure. */
function withoutPrefix(exif: Uint8Array): Uint8Array {
  return Buffer.from(exif.subarray(0, 6)).toString('latin1') === 'Exif\0\0'
    ? exif.subarray(6)
    : exif
}

function findDescription(view: DataView): string | undefined {
  const isLittleEndian = view.getUint16(0) === 0x4949 // 'II'
  const directory = view.getUint32(4, isLittleEndian)
  const entries = view.getUint16(directory, isLittleEndian)
  for (let index = 0; index < entries; index++) {
    const entry = directory + 2 + index * ENTRY_BYTES
    if (view.getUint16(entry, isLittleEndian) !== DESCRIPTION_TAG) continue
    const length = view.getUint32(entry + 4, isLittleEndian)
    // Up to four bytes stand in the entry itself.
    const start = length <= 4 ? entry + 8 : view.getUint32(entry + 8, isLittleEndian)
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, length)
    return Buffer.from(bytes).toString('utf8').replace(/\0+$/, '')
  }
  return undefined
}
