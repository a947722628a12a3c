/**
 * Text as it may reach a terminal. Ids, reasons and payloads are strangers', and a control character in one could
 * hide a line, colour the screen or answer the shell.
 */

/** Control and format characters (those that turn the direction of text among them), halves of pairs, line ends. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu

/** On one line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`)
}

/** JSON that reads back as the same value. @param indent 0 puts it on one line. */
export function printableJson(value: unknown, indent = 0): string {
  // A line end that JSON.stringify leaves bare is its own.
  return (JSON.stringify(value, null, indent) ?? 'null').replace(UNPRINTABLE, (sign) =>
    sign === '\n'
      ? sign
      : Array.from({ length: sign.length }, (_, i) => escapeOf(sign, i)).join(''),
  )
}

const escapeOf = (sign: string, at: number) =>
  `\\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`
