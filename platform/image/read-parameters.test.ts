import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readExifDescription } from './exif-text.ts'
import { readParameters } from './read-parameters.ts'
import { sharp } from './sharp.ts'

const plain = sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } })

test('a description in words, as cameras write, is no parameters', async () => {
  const file = await plain
    .clone()
    .withExif({ IFD0: { ImageDescription: 'SONY DSC' } })
    .jpeg()
    .toBuffer()
  expect(await readParameters(file)).toBeUndefined()
})

test('what is no picture is refused', async () => {
  await expect(readParameters(Buffer.from('<html>'))).rejects.toMatchObject({
    code: 'image-unreadable',
  })
})

test('EXIF of either byte order, with or without its prefix, is read', () => {
  for (const isLittleEndian of [true, false]) {
    const block = exifBlock('[1, 2, 3]', isLittleEndian)
    expect(readExifDescription(block)).toBe('[1, 2, 3]')
    expect(readExifDescription(Buffer.concat([Buffer.from('Exif\0\0'), block]))).toBe('[1, 2, 3]')
  }
  expect(readExifDescription(exifBlock('{}', true))).toBe('{}')
})

test('a broken block of EXIF is none, however it is broken', () => {
  const block = exifBlock('[1, 2, 3]', true)
  fc.assert(
    fc.property(fc.nat(block.length - 1), fc.nat(255), fc.nat(block.length), (at, value, end) => {
      const broken = Uint8Array.from(block)
      broken[at] = value
      const read = readExifDescription(broken.subarray(0, end))
      expect(['undefined', 'string']).toContain(typeof read)
    }),
  )
})

/** One directory with one entry, text of up to four bytes within it, longer text after it. */
function exifBlock(text: string, isLittleEndian: boolean): Uint8Array {
  const bytes = Buffer.from(`${text}\0`)
  const block = new Uint8Array(26 + bytes.length)
  const view = new DataView(block.buffer)
  block.set(Buffer.from(isLittleEndian ? 'II' : 'MM'))
  view.setUint16(2, 42, isLittleEndian)
  view.setUint32(4, 8, isLittleEndian)
  view.setUint16(8, 1, isLittleEndian)
  view.setUint16(10, 0x010e, isLittleEndian)
  view.setUint16(12, 2, isLittleEndian)
  view.setUint32(14, bytes.length, isLittleEndian)
  if (bytes.length <= 4) block.set(bytes, 18)
  else {
    view.setUint32(18, 26, isLittleEndian)
    block.set(bytes, 26)
  }
  return block
}
