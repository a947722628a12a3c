import { describe, expect, it } from 'vitest'
import { createClientAddress, isNetwork } from './client-address.ts'

const from = (remoteAddress: string | undefined, forwarded?: string) => ({
  remoteAddress,
  header: (name: string) => (name === 'x-forwarded-for' ? forwarded : undefined),
})

describe('the address of a client', () => {
  const addressOf = createClientAddress(['10.0.0.0/8', '192.0.2.7', '2001:db8:1::/48', '::1'])

  it.each<[string, string | undefined, string | undefined, string | undefined]>([
    ['is the other end of the socket', '203.0.113.5', undefined, '203.0.113.5'],
    ['whatever a stranger writes', '203.0.113.5', '198.51.100.1', '203.0.113.5'],
    ['and unknown where the socket is gone', undefined, '198.51.100.1', undefined],
    ['is whom our proxy heard from', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['not what that one wrote before', '10.1.2.3', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['behind two of ours', '10.1.2.3', '1.1.1.1, 198.51.100.1, 192.0.2.7', '198.51.100.1'],
    ['on a socket of both protocols', '::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['through IPv6', '2001:db8:1::5', '2001:DB8:2::9', '2001:db8:2::9'],
    ['with a port', '10.1.2.3', '198.51.100.1:4711', '198.51.100.1'],
    ['with a port in IPv6', '::1', '[2001:db8:2::9]:4711', '2001:db8:2::9'],
    ['is our own proxy’s where it names nobody', '10.1.2.3', undefined, '10.1.2.3'],
    ['or names what is no address', '10.1.2.3', '198.51.100.1, unknown', '10.1.2.3'],
    ['is the first of ours where all are ours', '10.1.2.3', '10.9.9.9, 192.0.2.7', '10.9.9.9'],
    ['of a neighbour that is none of ours', '192.0.2.8', '198.51.100.1', '192.0.2.8'],
  ])('%s', (_, remote, forwarded, expected) => {
    expect(addressOf(from(remote, forwarded))).toBe(expected)
  })

  it('is never the header’s where no proxy is trusted', () => {
    const alone = createClientAddress([])
    expect(alone(from('127.0.0.1', '198.51.100.1'))).toBe('127.0.0.1')
  })

  it.each([
    ['10.0.0.0/8', true],
    ['2001:db8::/32', true],
    ['192.0.2.7', true],
    ['10.0.0.0/33', false],
    ['proxy.example', false],
    ['', false],
  ])('may be behind %s: %s', (text, expected) => {
    expect(isNetwork(text)).toBe(expected)
  })
})
