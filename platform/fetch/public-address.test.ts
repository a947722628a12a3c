import { expect, test } from 'vitest'
import { isPublicAddress } from './public-address.ts'

test.each([
  ['loopback', '127.0.0.1'],
  ['loopback elsewhere in its range', '127.255.0.9'],
  ['unspecified', '0.0.0.0'],
  ['private', '10.1.2.3'],
  ['private', '172.16.0.1'],
  ['private', '192.168.1.1'],
  ['shared by a carrier', '100.64.0.1'],
  ['metadata of most clouds', '169.254.169.254'],
  ['metadata of Alibaba', '100.100.100.200'],
  ['metadata of Oracle', '192.0.0.192'],
  ['platform of Azure', '168.63.129.16'],
  ['benchmarking', '198.18.0.1'],
  ['multicast', '224.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['loopback', '::1'],
  ['unspecified', '::'],
  ['link-local', 'fe80::1'],
  ['link-local with a zone', 'fe80::1%eth0'],
  ['site-local', 'fec0::1'],
  ['unique local', 'fd00:ec2::254'],
  ['multicast', 'ff02::1'],
  ['mapped loopback', '::ffff:127.0.0.1'],
  ['mapped metadata', '::ffff:a9fe:a9fe'],
  ['mapped platform of Azure', '::ffff:168.63.129.16'],
  ['IPv4-compatible loopback', '::127.0.0.1'],
  ['IPv4-compatible metadata', '::a9fe:a9fe'],
  ['never handed out', '4000::1'],
  ['NAT64 of loopback', '64:ff9b::7f00:1'],
  ['local NAT64', '64:ff9b:1::1'],
  ['6to4 of loopback', '2002:7f00:1::'],
  ['Teredo', '2001:0:53aa:64c::1'],
  ['documentation', '2001:db8::1'],
  ['no address', 'example.com'],
  ['nothing', ''],
])('%s (%s) is not public', (_, address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each(['1.1.1.1', '93.184.216.34', '2606:4700::1111', '::ffff:1.1.1.1'])('%s is', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test("a network of the operator's is not, of either family", () => {
  expect(isPublicAddress('93.184.216.34', ['93.184.0.0/16', '2606::/16'])).toBe(false)
  expect(isPublicAddress('2606:4700::1111', ['93.184.0.0/16', '2606::/16'])).toBe(false)
  expect(isPublicAddress('93.185.0.1', ['93.184.0.0/16', '2606::/16'])).toBe(true)
})
