import { expect, it } from 'vitest'
import { testGateway } from './gateway.case.ts'

it.each([
  ['is counted apart where their proxy is trusted', '127.0.0.0/8', 200],
  ['is one client where it is not', '', 429],
])('who comes through one address %s', async (_, proxies, second) => {
  await using gateway = await testGateway({
    variables: { RATE_PER_ADDRESS: '1', TRUSTED_PROXIES: proxies },
  })
  const ask = async (forwarded: string) => {
    const headers = { 'x-forwarded-for': forwarded }
    return (await fetch(`${gateway.url}/health`, { headers })).status
  }
  expect(await ask('198.51.100.1')).toBe(200)
  expect(await ask('198.51.100.1')).toBe(429)
  // What a client writes itself is left of what the proxy appends.
  expect(await ask('198.51.100.2, 198.51.100.1')).toBe(429)
  expect(await ask('198.51.100.2')).toBe(second)
})
