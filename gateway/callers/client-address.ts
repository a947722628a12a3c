/**
 * Whose address a request comes from where proxies stand before the gateway. Each of them appends to X-Forwarded-For
 * whom it heard from, and whoever is outermost may write anything before that: so the right-most address counts that
 * is no proxy of ours, and without a proxy of ours at the other end of the socket the header is nobody's.
 */
import ipaddr from 'ipaddr.js'
import type { Arrival } from './arrival.ts'

export type ClientAddress = (
  arrival: Pick<Arrival, 'header' | 'remoteAddress'>,
) => string | undefined

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** @param trusted addresses and networks, `10.0.0.0/8`, as TRUSTED_PROXIES has them. */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  const networks = trusted.map(networkIn)
  const isTrusted = (address: Address) =>
    networks.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))
  return ({ header, remoteAddress }) => {
    if (networks.length === 0 || remoteAddress === undefined) return remoteAddress
    const peer = addressIn(remoteAddress)
    if (!peer || !isTrusted(peer)) return remoteAddress
    let nearest = peer
    for (const text of (header('x-forwarded-for') ?? '').split(',').toReversed()) {
      const address = addressIn(text)
      // What a proxy of ours has written that is no address hides whoever stands before it.
      if (!address) break
      nearest = address
      if (!isTrusted(address)) break
    }
    return nearest.toString()
  }
}

/** Whether it can stand in TRUSTED_PROXIES. */
export const isNetwork = (text: string): boolean => ipaddr.isValidCIDR(text) || ipaddr.isValid(text)

function networkIn(text: string): [Address, number] {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** Some write a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. IPv4 in the clothes of IPv6 is IPv4. */
function addressIn(text: string): Address | undefined {
  const [, bracketed, plain] = /^\s*(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)\s*$/.exec(text) ?? []
  const address = bracketed ?? plain ?? text.trim()
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined
}
