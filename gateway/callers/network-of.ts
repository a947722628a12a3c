/** Whom an address stands for: itself, or of IPv6 the /64 that one household has all of. */
import { isIPv6 } from 'node:net'

export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return isIPv6(plain) ? `${groupsOf(plain).slice(0, 4).join(':')}::` : plain
}

/** All eight, without leading zeros. */
function groupsOf(address: string): string[] {
  const [start = '', end] = address.toLowerCase().split('::')
  const split = (text: string) => (text === '' ? [] : text.split(':'))
  const [before, after] = [split(start), end === undefined ? [] : split(end)]
  // The last two may be written as IPv4.
  const written = before.length + after.length + (address.includes('.') ? 1 : 0)
  const zeros = end === undefined ? 0 : 8 - written
  const all = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return all.map((group) => group.replace(/^0+(?=.)/, ''))
}
