/** The addresses that attacks on fetchers are made of, each asked as a stranger would ask it. */
import type { LookupFunction } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guardedConnector } from './guarded-connector.ts'
import { createGuardedFetch } from './guarded-fetch.ts'
import { serve, type TestServer } from './server.case.ts'

/** Hosts on the inside, however they are written. */
const literals = `
  127.0.0.1 127.0.0.2 127.255.255.254 127.1 127.0.1 0x7f.0.0.1 0x7f.1 0x7f000001 0177.1
  0177.0.0.01 017700000001 2130706433 00000000000000000000000177.0.0.1 127.0.0.1. 127.1.
  ①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 127．0．0．1 %31%32%37.0.0.1 127%2e0%2e0%2e1
  0 0.0.0.0 0x0 00 0.0.0.0. 000.000.000.000
  10.0.0.1 10.255.255.255 167772161 0xa.0.0.1 012.0.0.1 0x0a000001
  172.16.0.1 172.31.255.254 0xac.0x10.0.1 192.168.0.1 192.168.1.254 3232235521 0xc0a80001
  169.254.169.254 169.254.169.253 169.254.170.2 0xa9fea9fe 2852039166 0251.0376.0251.0376
  0xa9.0xfe.0xa9.0xfe 0251.254.43518 169.254.43518 169.16689662 169.254.169.254.
  ⑯⑨.②⑤④.⑯⑨.②⑤④ %31%36%39.254.169.254 0xA9FEA9FE 025177524776
  100.64.0.1 100.127.255.254 100.100.100.200 192.0.0.192 192.0.0.1 168.63.129.16 0xa83f8110
  192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 198.19.255.254 192.88.99.1 224.0.0.1 239.255.255.250
  240.0.0.1 255.255.255.255 4294967295 0xffffffff
  [::1] [0:0:0:0:0:0:0:1] [0000:0000::0001] [::] [::0] [::ffff:127.0.0.1] [::ffff:7f00:1]
  [0:0:0:0:0:ffff:127.0.0.1] [::FFFF:169.254.169.254] [::ffff:a9fe:a9fe] [::ffff:10.0.0.1]
  [::ffff:0:127.0.0.1] [::127.0.0.1] [::7f00:1] [::169.254.169.254] [::ffff:168.63.129.16]
  [64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:a9fe:a9fe::1]
  [2001:0:53aa:64c::1] [2001:db8::1] [2001:10::1] [2001:20::1] [3fff::1] [5f00::1] [100::1]
  [fc00::1] [fd00::1] [fd00:ec2::254] [fdff:ffff::1] [fe80::1] [febf::1] [fec0::1] [ff01::1] [ff02::1]
  [ff0e::1] [4000::1] [8000::1] [fe00::1]`
  .trim()
  .split(/\s+/)

/** Names that a resolver answers with an address on the inside; a real one answers some of them so. */
const names = `
  localhost LOCALHOST localhost. sub.localhost 127.0.0.1.nip.io 7f000001.nip.io 10.0.0.1.sslip.io
  169-254-169-254.sslip.io localtest.me lvh.me vcap.me spoofed.burpcollaborator.example
  metadata metadata.google.internal metadata.google.internal. instance-data kubernetes.default.svc
  host.docker.internal redis db.internal xn--fsq.test`
  .trim()
  .split(/\s+/)

/** Addresses that are no business of ours wherever they lead. */
const shapes = [
  'file:///etc/passwd',
  'file://localhost/etc/passwd',
  'ftp://example.com/a.png',
  'gopher://example.com:70/_',
  'dict://example.com:2628/',
  'ldap://example.com/',
  'data:image/png;base64,AAAA',
  'blob:https://example.com/a',
  'javascript:alert(1)',
  'jar:https://example.com!/a',
  'https://user:sesame@example.com/',
  'https://sesame@example.com/',
  'https://example.com@127.0.0.1/',
  'https://example.com:80@169.254.169.254/',
  'https://127.0.0.1\\@example.com/',
  'https://example.com:22/',
  'https://example.com:6379/',
  'https://example.com:65536/',
  'http:///127.0.0.1/',
  'http:\\\\127.0.0.1\\',
  'http:127.0.0.1/',
  'http://127.0.0.1\t/',
  ' http://127.0.0.1/ ',
  'hTTp://127.0.0.1/',
  '//127.0.0.1/',
  'http://[::1%25eth0]/',
  'http://[fe80::1%eth0]/',
  'http://127.0.0.1#@example.com/',
  'http://127.0.0.1?@example.com/',
  'http://',
  '',
]

const legitimate = `
  https://example.com/a.png http://example.com/a.png https://abc.supabase.co/storage/v1/object/sign/x?token=a
  https://EXAMPLE.com/ https://example.com./a https://example.com:443/a http://example.com:80/a
  https://bücher.example/a https://a.b.c.d.example/?u=http://127.0.0.1/ https://127.0.0.1.example.com/a#b`
  .trim()
  .split(/\s+/)

const resolvesTo =
  (address: string): LookupFunction =>
  (_, __, callback) =>
    callback(null, [{ address, family: 4 }])

describe('addresses that attacks are made of', () => {
  let canary: TestServer
  beforeAll(async () => {
    canary = await serve((_, response) => response.end('secret'))
  })
  afterAll(() => canary[Symbol.asyncDispose]())
  const inside = createGuardedFetch({ lookup: resolvesTo('127.0.0.1') })

  it('are more than the 120 that were asked for, none twice', () => {
    const all = [...literals, ...names, ...shapes]
    expect(new Set(all).size).toBe(all.length)
    expect(literals.length + names.length).toBeGreaterThanOrEqual(120)
  })

  it('of machines on the inside are refused as they stand, on either scheme (A24)', async () => {
    for (const host of literals) {
      for (const scheme of ['http', 'https']) {
        const refused = inside.download(`${scheme}://${host}/latest/meta-data/`)
        await expect(refused, host).rejects.toMatchObject({ code: 'reference-blocked' })
      }
    }
  })

  it('with names of such are refused once they are resolved (A24)', async () => {
    for (const host of names) {
      const refused = inside.download(`https://${host}/a.png`)
      await expect(refused, host).rejects.toMatchObject({ code: 'reference-blocked' })
    }
  })

  it('of other shapes are refused before anybody is asked, and none is repeated (A24)', async () => {
    for (const address of shapes) {
      const refused = inside.download(address)
      await expect(refused, address).rejects.toMatchObject({ code: 'reference-blocked' })
      await expect(refused, address).rejects.not.toThrow(/sesame|passwd|AAAA|alert/)
    }
  })

  it('are refused once more where a connection is made, though a port be let through (A24)', async () => {
    const connect = guardedConnector({ timeout: 1_000, lookup: resolvesTo('127.0.0.1') })
    const hosts = [...literals, ...names].map((host) => new URL(`http://${host}/`).hostname)
    for (const hostname of hosts.map((host) => host.replace(/^\[|\]$/g, ''))) {
      const target = { hostname, host: hostname, protocol: 'http:', port: `${canary.port}` }
      const error = await new Promise((resolve) =>
        connect(target, (...[failed]) => resolve(failed)),
      )
      expect(error, hostname).toMatchObject({ code: 'reference-blocked' })
    }
    expect(canary.connections()).toBe(0)
  })

  it('as targets of a redirect are refused at the second hop (A24)', async () => {
    let location = ''
    await using server = await serve((_, response) => response.writeHead(302, { location }).end())
    const guarded = createGuardedFetch({
      privateOrigins: [server.origin],
      lookup: resolvesTo('127.0.0.1'),
    })
    const hosts = [...literals, ...names].filter((host) => /^[\x20-\x7e]+$/.test(host))
    for (const host of hosts) {
      location = `http://${host}:80/`
      const refused = guarded.download(server.origin)
      await expect(refused, host).rejects.toMatchObject({ code: 'reference-blocked' })
    }
    expect(server.connections()).toBe(hosts.length)
    expect(canary.connections()).toBe(0)
  })

  it('of ten honest hosts are let through to the resolver (A24)', async () => {
    const asked: string[] = []
    const lookup: LookupFunction = (hostname, _, callback) => {
      asked.push(hostname)
      callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), [])
    }
    const guarded = createGuardedFetch({ lookup })
    for (const address of legitimate) {
      const unknown = guarded.download(address)
      await expect(unknown, address).rejects.toMatchObject({ code: 'reference-unreachable' })
    }
    expect([legitimate.length, asked.length]).toEqual([10, 10])
    expect(asked).toContain('xn--bcher-kva.example')
  })
})
