import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Clearance, Job } from '#contract'
import { createReferenceGate, type ReferenceGateOptions, sha256Of } from './reference-gate.ts'
import { makerOf, readTrustedMaker, signedText } from './trusted-makers.ts'

const picture = Buffer.from('the bytes of a picture')
const sha256 = sha256Of(picture)
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(12).toString('base64')
const read = readTrustedMaker(`studio=${raw}`)
if (!read) throw new Error('the key was not read')
const maker = read
const signature = sign(null, Buffer.from(signedText(sha256)), privateKey).toString('base64')

const edit = (given: Partial<Job> = {}): Job => ({
  ...{ id: 'a', source: 'gateway', mode: 'modify', asked: { prompt: 'x' }, loras: [] },
  ...{ reference: { path: 'a/b.png' }, contentMode: 'nsfw', enhance: false, metadata: {} },
  ...given,
})

const granted = { granted: 'nsfw', grantedForeign: 'nsfw' } as const
const nothingDown = { among: async () => [] }

async function ask(job: Job, options: Partial<ReferenceGateOptions> = {}, bytes = picture) {
  const gate = createReferenceGate({
    ...granted,
    ...{ trustedMakers: [maker], takenDown: nothingDown },
    ...options,
  })
  return await gate.requireCleared(job, bytes).catch((refusal) => refusal.rule)
}

const cleared = (by: Clearance['by'] = 'lineage'): Clearance[] => [{ sha256, by }]

describe('an edit in nsfw', () => {
  it('draws from the very bytes that its gateway cleared, for whatever reason', async () => {
    for (const by of ['lineage', 'signature', 'attestation'] as const) {
      expect(await ask(edit({ cleared: cleared(by) }))).toBe(sha256)
    }
  })

  it('does not draw from what lies there by now', async () => {
    const swapped = Buffer.from('another picture')
    expect(await ask(edit({ cleared: cleared() }), {}, swapped)).toBe('reference-changed')
  })

  it('does not draw from what nobody cleared', async () => {
    expect(await ask(edit())).toBe('reference-consent')
    expect(await ask(edit({ cleared: [] }))).toBe('reference-consent')
  })

  it('of another producer needs a signature: what it says itself clears nothing', async () => {
    const foreign = { source: 'foreign', cleared: cleared() } as const
    expect(await ask(edit(foreign))).toBe('reference-consent')
    expect(await ask(edit({ ...foreign, referenceSignature: signature }))).toBe(sha256)
    expect(
      await ask(edit({ ...foreign, referenceSignature: signature }), {}, Buffer.from('x')),
    ).toBe('reference-consent')
    const none = { trustedMakers: [] }
    expect(await ask(edit({ ...foreign, referenceSignature: signature }), none)).toBe(
      'reference-consent',
    )
  })
})

it('asks nothing of an edit that is held to sfw, by anybody', async () => {
  expect(await ask(edit({ contentMode: 'sfw' }))).toBe(sha256)
  expect(await ask(edit(), { granted: 'sfw' })).toBe(sha256)
  expect(await ask(edit({ source: 'foreign' }), { grantedForeign: 'sfw' })).toBe(sha256)
})

describe('a picture that was taken down', () => {
  const takenDown = { among: async (hashes: readonly string[]) => hashes }

  it('is not drawn from in any mode, whoever cleared it, and is not given out', async () => {
    for (const contentMode of ['sfw', 'nsfw'] as const) {
      expect(await ask(edit({ contentMode, cleared: cleared() }), { takenDown })).toBe('taken-down')
    }
    const gate = createReferenceGate({ trustedMakers: [], takenDown })
    await expect(gate.requireDeliverable([sha256])).rejects.toMatchObject({
      ...{ rule: 'made-again', code: 'policy-taken-down' },
    })
  })

  it('may be any, while it cannot be asked which', async () => {
    const away = { among: async () => Promise.reject(new Error('away')) }
    expect(await ask(edit({ contentMode: 'sfw' }), { takenDown: away })).toBe('check-failed')
  })
})

describe('a signature', () => {
  it('is of one picture, by one maker, and of nothing else that was ever signed', () => {
    expect(makerOf(sha256, signature, [maker])?.name).toBe('studio')
    expect(makerOf(sha256Of(Buffer.from('x')), signature, [maker])).toBeUndefined()
    const bare = sign(null, Buffer.from(sha256, 'hex'), privateKey).toString('base64')
    expect(makerOf(sha256, bare, [maker])).toBeUndefined()
    const other = readTrustedMaker(`other=${Buffer.alloc(32, 7).toString('base64')}`)
    expect(makerOf(sha256, signature, other ? [other] : [])).toBeUndefined()
    for (const none of [undefined, '', 'AAAA', 'no base64!', 'A'.repeat(88)]) {
      expect(makerOf(sha256, none, [maker])).toBeUndefined()
    }
  })
})
