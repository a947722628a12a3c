import { expect, it } from 'vitest'
import { readPolicyConfig } from './config.ts'

const signed = 'Jo Doe, Example Ltd: callers are verified adults; takedown@example.org'

it('grants nothing unless somebody signs for it', () => {
  const nothing = {
    ...{
      granted: 'sfw',
      grantedForeign: 'sfw',
      termsFolder: undefined,
      classifierFile: undefined,
      trustedMakers: [],
      queueSecrets: [],
    },
    strikes: { most: 3, windowMs: 3_600_000, suspensionMs: 24 * 3_600_000 },
  }
  expect(readPolicyConfig({ POLICY_NSFW_ATTESTATION: signed, POLICY_TERMS: ' ' })).toEqual(nothing)
  const enabled = { POLICY_NSFW_ENABLED: '1', POLICY_NSFW_ATTESTATION: signed }
  expect(readPolicyConfig(enabled)).toEqual({ ...nothing, granted: 'nsfw' })
  expect(readPolicyConfig({ ...enabled, POLICY_FOREIGN_CONTENT_MODE: 'nsfw' })).toEqual({
    ...{ ...nothing, granted: 'nsfw', grantedForeign: 'nsfw' },
  })
})

it('names every problem', () => {
  const wrong = { POLICY_NSFW_ENABLED: '1', POLICY_NSFW_ATTESTATION: 'yes' }
  expect(() => readPolicyConfig(wrong)).toThrow('POLICY_NSFW_ATTESTATION must say in at least 40')
  const foreign = { POLICY_FOREIGN_CONTENT_MODE: 'nsfw' }
  expect(() => readPolicyConfig(foreign)).toThrow('cannot be nsfw without POLICY_NSFW_ENABLED=1')
  const both = { POLICY_NSFW_ENABLED: 'yes', POLICY_FOREIGN_CONTENT_MODE: 'all' }
  expect(() => readPolicyConfig(both)).toThrow(
    /NSFW_ENABLED must be 0 or 1; .*FOREIGN.* one of sfw/,
  )
})

it('takes the keys of makers, and says which is none', () => {
  const key = Buffer.alloc(32, 7).toString('base64')
  const { trustedMakers } = readPolicyConfig({ POLICY_TRUSTED_MAKERS: `studio=${key}, b.2=${key}` })
  expect(trustedMakers.map(({ name }) => name)).toEqual(['studio', 'b.2'])
  for (const wrong of ['studio', `studio=${key.slice(4)}`, `=${key}`, `studio:${key}`]) {
    expect(() => readPolicyConfig({ POLICY_TRUSTED_MAKERS: wrong })).toThrow(
      'POLICY_TRUSTED_MAKERS.0 must be NAME=KEY, the key 32 bytes in base64',
    )
  }
})

it('takes two secrets for the queue while one is replaced, and none that can be guessed', () => {
  const [now, before] = ['n'.repeat(32), 'b'.repeat(32)]
  const { queueSecrets } = readPolicyConfig({ POLICY_QUEUE_SECRET: `${now}, ${before}` })
  expect(queueSecrets).toEqual([now, before])
  expect(() => readPolicyConfig({ POLICY_QUEUE_SECRET: `${now},guess` })).toThrow(
    /^In the environment: POLICY_QUEUE_SECRET\.1 must have 32 characters at least\.$/,
  )
})
