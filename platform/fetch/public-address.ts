/** Which addresses are the public internet, and none of them a machine of ours or of its cloud. */

import ipaddr from 'ipaddr.js'

/**
 * Public by their range, and yet answered by the host that a virtual machine runs on.
 * 168.63.129.16 is Azure's platform address (its "What is IP address 168.63.129.16?").
 */
const PLATFORM_ADDRESSES = ['168.63.129.16/32']

/** All that IANA has handed out ("IPv6 Global Unicast Address Assignments"). */
const GLOBAL_UNICAST = '2000::/3'

/**
 * Whether `address` may be spoken to: global unicast, also once an IPv4 address is unwrapped from
 * IPv6, and in none of `denied`, the operator's own networks as CIDR. Every other text is not.
 */
export function isPublicAddress(address: string, denied: readonly string[] = []): boolean {
  // A zone such as `%eth0` only ever belongs to link-local addresses.
  if (!ipaddr.isValid(address) || address.includes('%')) return false
  const parsed = ipaddr.process(address)
  // NAT64, 6to4, Teredo, translated and mapped forms have ranges of their own, which are not unicast.
  if (parsed.range() !== 'unicast') return false
  // What was never handed out has no range: `::127.0.0.1`, an IPv4 address of old, would pass.
  if (parsed.kind() === 'ipv6' && !isWithin(parsed, GLOBAL_UNICAST)) return false
  return ![...PLATFORM_ADDRESSES, ...denied].some((network) => isWithin(parsed, network))
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, network: string): boolean {
  const [base, bits] = ipaddr.parseCIDR(network)
  return base.kind() === address.kind() && address.match(base, bits)
}
