/** Text inside a PNG, for which sharp has no writer: chunks put in right after the header. */

import { crc32 } from 'node:zlib'

/** Where a PNG keeps XMP, which has to be an uncompressed iTXt chunk (XMP specification, part 3, 1.1.5). */
export const XMP_KEYWORD = 'XML:com.adobe.xmp'

/** The signature's 8 bytes, and IHDR with its length, name and checksum. */
const HEADER_BYTES = 8 + 25

/**
 * The same PNG with one text chunk for each keyword (1 to 79 letters of Latin-1). Text within
 * Latin-1 becomes tEXt, which every reader knows, other text becomes iTXt in UTF-8.
 */
export function withPngText(png: Uint8Array, texts: ReadonlyMap<string, string>): Uint8Array {
  const chunks = Array.from(texts, ([keyword, text]) => textChunk(keyword, text))
  return Buffer.concat([png.subarray(0, HEADER_BYTES), ...chunks, png.subarray(HEADER_BYTES)])
}

function textChunk(keyword: string, text: string): Buffer {
  const name = Buffer.from(`${keyword}\0`, 'latin1')
  if (isLatin1(text) && keyword !== XMP_KEYWORD) {
    return chunk('tEXt', Buffer.concat([name, Buffer.from(text, 'latin1')]))
  }
  // Not compressed, method 0, no language, no translated keyword.
  const unused = Buffer.alloc(4)
  return chunk('iTXt', Buffer.concat([name, unused, Buffer.from(text, 'utf8')]))
}

/** Printable Latin-1 and line feeds: what the PNG specification (11.3.3) allows in tEXt. */
function isLatin1(text: string): boolean {
  return /^[\n\x20-\x7e\xa0-\xff]*$/.test(text)
}

/** Length, type, data, and a checksum over type and data. */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const result = Buffer.alloc(4 + body.length + 4)
  result.writeUInt32BE(data.length, 0)
  body.copy(result, 4)
  result.writeUInt32BE(crc32(body), 4 + body.length)
  return result
}
