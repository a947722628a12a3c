import type { LookupFunction } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { guardedConnector, guardedLookup } from './guarded-connector.ts'
import { createGuardedFetch } from './guarded-fetch.ts'
import { serve, type TestServer } from './server.case.ts'

/** Stands for everything on the inside: whoever connects to it has broken out. */
let canary: TestServer
beforeEach(async () => {
  canary = await serve((_, response) => response.end('secret'))
})
afterEach(async () => {
  await canary[Symbol.asyncDispose]()
})

const PUBLIC = { address: '93.184.216.34', family: 4 }
const PRIVATE = { address: '127.0.0.1', family: 4 }

/** Answers each look with the next of `answers`, and the last one ever after. */
function resolver(...answers: (typeof PUBLIC)[][]): LookupFunction {
  let looks = 0
  return (_, __, callback) => callback(null, answers[Math.min(looks++, answers.length - 1)]!)
}

const hex = (bytes: readonly number[]) => Buffer.from(bytes).toString('hex')
const last24 = ([, b = 0, c = 0, d = 0]: readonly number[]) => b * 65_536 + c * 256 + d

/** Ways to write the four bytes of an IPv4 address as the host of a URL. */
const ways: ((bytes: readonly number[]) => string)[] = [
  (bytes) => bytes.join('.'),
  (bytes) => String(Number(`0x${hex(bytes)}`)),
  (bytes) => `0x${hex(bytes)}`,
  (bytes) => `0${Number(`0x${hex(bytes)}`).toString(8)}`,
  (bytes) => bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
  (bytes) => bytes.map((byte) => `0x${byte.toString(16)}`).join('.'),
  (bytes) => `${bytes[0]}.${last24(bytes)}`,
  (bytes) => `${bytes.join('.')}.`,
  (bytes) =>
    `%${hex([...String(bytes[0])].map((digit) => digit.charCodeAt(0)))
      .match(/../g)
      ?.join('%')}.${last24(bytes)}`,
  (bytes) => `[::ffff:${bytes.join('.')}]`,
  (bytes) => `[::${bytes.join('.')}]`,
  (bytes) => `[64:ff9b::${bytes.join('.')}]`,
  (bytes) => `[2002:${hex(bytes.slice(0, 2))}:${hex(bytes.slice(2))}::1]`,
]

describe('what is on the inside stays there', () => {
  const spellings = `
    127.0.0.1 127.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 ①②⑦.⓪.⓪.① 127.0.0.1.
    0 0.0.0.0 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::127.0.0.1]
    [2002:7f00:1::] [fe80::1] [fd00:ec2::254] 169.254.169.254 0xa9fea9fe 2852039166
    100.100.100.200 168.63.129.16 10.0.0.1 172.16.0.1 192.168.0.1 100.64.0.1 224.0.0.1
    [ff02::1]`
  test.each(spellings.trim().split(/\s+/))('%s', async (host) => {
    for (const scheme of ['http', 'https']) {
      await expect(createGuardedFetch().download(`${scheme}://${host}/`)).rejects.toMatchObject({
        code: 'reference-blocked',
      })
    }
  })

  test('any address of it, in any way of writing numbers', async () => {
    const networks = [[127], [10], [169, 254], [192, 168], [172, 16], [100, 64], [0], [224]]
    const octets = fc.tuple(fc.constantFrom(...networks), fc.array(fc.nat(255), { minLength: 3 }))
    const address = octets.map(([network, rest]) => [...network, ...rest].slice(0, 4))
    await fc.assert(
      fc.asyncProperty(address, fc.constantFrom(...ways), async (bytes, spelled) => {
        const refused = createGuardedFetch().download(`https://${spelled(bytes)}/`)
        await expect(refused).rejects.toMatchObject({ code: 'reference-blocked' })
      }),
      { numRuns: 300 },
    )
  })

  test('a name that resolves to it, or to it among others', async () => {
    for (const answer of [[PRIVATE], [PUBLIC, PRIVATE], [{ address: '::1', family: 6 }], []]) {
      const guarded = createGuardedFetch({ lookup: resolver(answer) })
      await expect(guarded.download('http://inside.test/')).rejects.toMatchObject({
        code: 'reference-blocked',
        message: 'The host inside.test is not on the public internet. Use a public address.',
      })
    }
    await expect(createGuardedFetch().download('http://localhost/')).rejects.toThrow('localhost')
  })

  test('a connection to it is not begun, whoever asks for one', async () => {
    const connect = guardedConnector({ timeout: 1_000, lookup: resolver([PRIVATE]) })
    for (const hostname of ['127.0.0.1', 'inside.test']) {
      const target = { hostname, host: hostname, protocol: 'http:', port: String(canary.port) }
      const error = await new Promise((resolve) =>
        connect(target, (...[failed]) => resolve(failed)),
      )
      expect(error).toMatchObject({ code: 'reference-blocked' })
    }
    expect(canary.connections()).toBe(0)
  })

  test('a name that resolves to it on the second look', async () => {
    const lookup = guardedLookup({ lookup: resolver([PUBLIC], [PRIVATE]) })
    const look = () =>
      new Promise((resolve, reject) => {
        lookup('rebind.test', { all: true }, (error, found) =>
          error ? reject(error) : resolve(found),
        )
      })
    expect(await look()).toEqual([PUBLIC])
    await expect(look()).rejects.toMatchObject({ code: 'reference-blocked' })
  })

  test('a redirect to it, however it is written', async () => {
    const targets = [
      'http://169.254.169.254/latest/meta-data/',
      `${canary.origin}/`,
      '//127.0.0.1/',
      'http://[::ffff:169.254.169.254]/',
      'file:///etc/passwd',
      'gopher://127.0.0.1/',
      'http://user:password@example.com/',
    ]
    for (const location of targets) {
      await using server = await serve((_, response) => response.writeHead(302, { location }).end())
      const guarded = createGuardedFetch({ privateOrigins: [server.origin] })
      await expect(guarded.download(`${server.origin}/a.png`)).rejects.toMatchObject({
        code: 'reference-blocked',
      })
      expect(server.connections()).toBe(1)
    }
    expect(canary.connections()).toBe(0)
  })

  test("the operator's own origin is reached, its neighbours are not", async () => {
    await using storage = await serve((_, response) => response.end('picture'))
    const guarded = createGuardedFetch({ privateOrigins: [storage.origin] })
    const bytes = await guarded.download(`${storage.origin}/a.png`)
    expect(Buffer.from(bytes).toString()).toBe('picture')
    await expect(guarded.download(`${canary.origin}/a.png`)).rejects.toThrow('names port')
    expect(canary.connections()).toBe(0)
  })
})

describe('what an address may be', () => {
  test.each([
    ['no URL', 'workspace-temp/u/a.png'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:image/png;base64,AAAA'],
    ['another scheme', 'ftp://example.com/a.png'],
    ['credentials', 'https://user:sesame@example.com/a.png'],
    ['an odd port', 'https://example.com:6379/'],
    ['five thousand characters', `https://example.com/${'a'.repeat(5_000)}`],
  ])('not %s', async (_, address) => {
    const refused = createGuardedFetch().download(address)
    await expect(refused).rejects.toMatchObject({ code: 'reference-blocked' })
    await expect(refused).rejects.not.toThrow(/sesame|passwd|aaaa/)
  })

  test('only hosts on the list, where there is one', async () => {
    const allowedHosts = ['cdn.example.com', '*.supabase.co']
    const guarded = createGuardedFetch({ allowedHosts, lookup: resolver([PRIVATE]) })
    for (const host of [
      'example.com',
      'supabase.co',
      'evilsupabase.co',
      'x.supabase.co.evil.org',
    ]) {
      await expect(guarded.download(`https://${host}/`)).rejects.toThrow('not among those allowed')
    }
    // These are let through to the resolver, which is what refuses them here.
    for (const host of ['CDN.example.com', 'cdn.example.com.', 'abc.supabase.co']) {
      await expect(guarded.download(`https://${host}/`)).rejects.toThrow(
        'not on the public internet',
      )
    }
    const httpsOnly = createGuardedFetch({ httpsOnly: true }).download('http://example.com/')
    await expect(httpsOnly).rejects.toThrow('is not https')
  })
})
