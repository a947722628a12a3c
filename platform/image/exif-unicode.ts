/**
 * A comment in EXIF that is no ASCII. libvips writes comments as ASCII alone, with `?` for every other sign, so it is given
 * one of the same length, which is written over in the file.
 */

/** What a UserComment begins with says its character set (EXIF 2.32, 4.6.5, table 9). */
const ASCII = 'ASCII\0\0\0'
const UNICODE = 'UNICODE\0'

/** What libvips is given for `comment`; the comment itself where that is ASCII. */
export const placeholderOf = (comment: string): string =>
  isAscii(comment) ? comment : MARK.repeat(comment.length / 6 + 1).slice(0, 2 * comment.length)

/** `file`, a JPEG or WebP, with the comment in its place: UTF-16, the larger byte first, as the web UI reads and writes it. */
export function withComment(file: Buffer, comment: string): Buffer {
  if (isAscii(comment)) return file
  const placeholder = Buffer.from(ASCII + placeholderOf(comment), 'latin1')
  const at = file.indexOf(placeholder)
  if (at < 0) throw new Error('the comment of the EXIF is not where it was written')
  const written = Buffer.from(file)
  written.write(UNICODE, at, 'latin1')
  const text = Buffer.from(comment, 'utf16le').swap16()
  text.copy(written, at + UNICODE.length)
  return written
}

const MARK = 'i2i-comment-'

/** NUL ends a text in libexif. */
const isAscii = (text: string): boolean => !text.includes('\0') && /^\p{ASCII}*$/u.test(text)
