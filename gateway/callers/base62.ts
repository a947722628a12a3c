/** Bytes as letters and digits alone, which no editor breaks and no URL escapes. */

export const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE = BigInt(DIGITS.length)

/** As many characters for any bytes of one length: 43 for 32. */
export function base62(bytes: Uint8Array): string {
  let rest = BigInt(`0x00${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  while (rest > 0n) {
    text = `${DIGITS[Number(rest % BASE)]}${text}`
    rest /= BASE
  }
  const length = Math.ceil((bytes.length * 8) / Math.log2(DIGITS.length))
  return text.padStart(length, '0')
}
