import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Issuer, issuer } from './issuer.case.ts'
import { createVerifyToken, type VerifyToken } from './user-tokens.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const SECRET = 'the shared secret of an older project'
const ANN = '0b6d4f0e-6c1c-4f0e-9d0e-2f6f5d0b8a11'

let project: Issuer
let now: number
let verify: VerifyToken

beforeAll(async () => {
  project = await issuer()
})
afterAll(() => project[Symbol.asyncDispose]())
beforeEach(async () => {
  now = NOW
  project.behave('answers')
  verify = createVerifyToken({ supabaseUrl: project.url, jwtSecret: SECRET, now: () => now })
})

const seconds = (ms: number) => Math.floor(ms / 1_000)

/** Undefined takes one away. */
function claims(others: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const all = {
    iss: `${project.url}/auth/v1`,
    aud: 'authenticated',
    sub: ANN,
    role: 'authenticated',
    iat: seconds(NOW),
    exp: seconds(NOW) + 3_600,
    ...others,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

const bySecret = (payload: JWTPayload, secret = SECRET, alg = 'HS256') =>
  new SignJWT(payload).setProtectedHeader({ alg, typ: 'JWT' }).sign(Buffer.from(secret))

const refused = (token: string, message = '') =>
  expect(verify(token)).rejects.toMatchObject({
    code: 'unauthorized',
    message: expect.stringContaining(message),
  })

it.each(['ES256', 'RS256'] as const)('a token by %s says who signed in', async (algorithm) => {
  await project.rotate(algorithm)
  expect(await verify(await project.sign(claims()))).toEqual({
    tenant: 'default',
    userId: ANN,
    name: ANN,
    scopes: ['jobs:write', 'jobs:read', 'files:write'],
    adult: false,
  })
})

it('a token by the shared secret of an older project does too', async () => {
  expect(await verify(await bySecret(claims()))).toMatchObject({ userId: ANN })
})

it.each([
  ['what servers wrote', { app_metadata: { adult: true } }, true],
  ['what servers wrote, but as a text', { app_metadata: { adult: 'true' } }, false],
  ['what users wrote', { user_metadata: { adult: true }, adult: true }, false],
  ['nothing', { app_metadata: null }, false],
])('whether somebody is an adult is told by %s', async (_, others, adult) => {
  expect((await verify(await project.sign(claims(others)))).adult).toBe(adult)
})

it('servers alone say who may attest consent', async () => {
  const grants = { app_metadata: { adult: true, attests_consent: true } }
  expect((await verify(await project.sign(claims(grants)))).attests).toBe(true)
  const own = { user_metadata: { attests_consent: true }, app_metadata: { attests_consent: 'yes' } }
  expect((await verify(await project.sign(claims(own)))).attests).toBeUndefined()
})

describe('a token is refused', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['that has expired', { exp: seconds(NOW) - 6 }, 'The token has expired.'],
    ['that never expires', { exp: undefined }, 'its exp is not'],
    ['that is not good yet', { nbf: seconds(NOW) + 6 }, 'its nbf is not'],
    ['for somebody else', { aud: 'another-service' }, 'its aud is not'],
    ['for nobody', { aud: undefined }, 'its aud is not'],
    ['of another project', { iss: 'https://evil.supabase.co/auth/v1' }, 'its iss is not'],
    ['of no project', { iss: undefined }, 'its iss is not'],
    ['of no user', { sub: undefined }, 'its sub is not'],
    ['of a user that is a path', { sub: '../0b6d4f0e' }, 'The token names no user.'],
    ['of a user that is empty', { sub: '' }, 'The token names no user.'],
    ['that is the service’s', { role: 'service_role' }, 'not that of a user'],
    ['that is on every page', { role: 'anon' }, 'not that of a user'],
    ['without a role', { role: undefined }, 'not that of a user'],
  ])('%s', async (_, others, message) => {
    const payload = claims(others)
    await refused(await project.sign(payload), message)
    await refused(await bySecret(payload), message)
  })

  it('that is signed by nobody', async () => {
    await refused(new UnsecuredJWT(claims()).encode(), 'not valid here')
    const [, payload] = (await project.sign(claims())).split('.')
    for (const alg of ['none', 'None', 'NONE', '']) {
      const header = Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url')
      await refused(`${header}.${payload}.`, 'not valid here')
    }
  })

  it('that is signed with the public key as if it were the secret', async () => {
    const pem = await project.publicKey()
    for (const key of [pem, pem.trim()]) await refused(await bySecret(claims(), key))
    const onlyPublic = createVerifyToken({ supabaseUrl: project.url, now: () => now })
    await expect(onlyPublic(await bySecret(claims(), pem))).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })

  it('by the shared secret, where the project has none', async () => {
    verify = createVerifyToken({ supabaseUrl: project.url, now: () => now })
    await refused(await bySecret(claims()), 'signed in a manner')
  })

  it('by an algorithm that is not asked for', async () => {
    await refused(await bySecret(claims(), SECRET.repeat(2), 'HS512'))
    await refused(await bySecret(claims(), SECRET.repeat(2), 'HS384'))
  })

  it('by another key of the same name', async () => {
    await using other = await issuer()
    await refused(await other.sign(claims(), { kid: 'key-1' }))
  })

  it('that was changed by one bit, or is none at all', async () => {
    const token = await project.sign(claims())
    const [header = '', payload = '', signature = ''] = token.split('.')
    const bytes = Buffer.from(signature, 'base64url')
    bytes[0] = (bytes[0] ?? 0) ^ 1
    await refused(`${header}.${payload}.${bytes.toString('base64url')}`)
    const changed = Buffer.from(JSON.stringify(claims({ sub: 'bob' }))).toString('base64url')
    await refused(`${header}.${changed}.${signature}`)
    for (const text of ['', '.', '..', 'a.b.c', 'eyJ', `${header}.${payload}`, `${token}.x`]) {
      await refused(text)
    }
  })
})

describe('the keys of tokens', () => {
  it('are fetched once for all, and again after ten minutes', async () => {
    const token = await project.sign(claims())
    const before = project.asked()
    await Promise.all(Array.from({ length: 20 }, () => verify(token)))
    now += 600_000
    await verify(token)
    expect(project.asked() - before).toBe(1)
    now += 1
    await verify(token)
    await expect.poll(() => project.asked() - before).toBe(2)
  })

  it.each(['fails', 'hangs'] as const)('serve for an hour while the issuer %s', async (how) => {
    const token = await project.sign(claims({ exp: seconds(NOW) + 90_000 }))
    await verify(token)
    project.behave(how)
    now += 3_600_000
    const before = project.asked()
    expect((await verify(token)).userId).toBe(ANN)
    await expect.poll(() => project.asked() - before).toBe(1)
    // Nobody waited for the answer that is still to come.
    await expect.poll(project.pending).toBe(how === 'hangs' ? 1 : 0)
  })

  it('serve no longer than that, and it is our fault, not the caller’s', async () => {
    const token = await project.sign(claims({ exp: seconds(NOW) + 90_000 }))
    await verify(token)
    project.behave('fails')
    now += 3_600_001
    await expect(verify(token)).rejects.toMatchObject({ code: 'configuration-invalid' })
    const before = project.asked()
    await expect(verify(token)).rejects.toThrow('cannot be fetched')
    expect(project.asked()).toBe(before)
    project.behave('answers')
    now += 2_000
    expect((await verify(token)).userId).toBe(ANN)
  })

  it('are fetched once more for one that is new, and not for each that is made up', async () => {
    await verify(await project.sign(claims()))
    now += 30_000
    await project.rotate()
    const before = project.asked()
    expect((await verify(await project.sign(claims()))).userId).toBe(ANN)
    expect(project.asked() - before).toBe(1)
    for (let i = 0; i < 20; i++)
      await refused(await project.sign(claims(), { kid: `made-up-${i}` }))
    expect(project.asked() - before).toBe(1)
    now += 30_000
    await refused(await project.sign(claims(), { kid: 'made-up' }))
    expect(project.asked() - before).toBe(2)
  })

  it('that are unknown cost an issuer that is away one request in half a minute', async () => {
    await verify(await project.sign(claims()))
    now += 30_000
    project.behave('fails')
    const before = project.asked()
    const made = await project.sign(claims(), { kid: 'made-up' })
    await expect(verify(made)).rejects.toMatchObject({ code: 'configuration-invalid' })
    for (let i = 0; i < 20; i++) await refused(made)
    expect(project.asked() - before).toBe(1)
    expect((await verify(await project.sign(claims()))).userId).toBe(ANN)
  })
})
