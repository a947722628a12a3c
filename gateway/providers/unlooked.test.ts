import { expect, test } from 'vitest'
import { standIn } from '../caretaker/stand-in-provider.case.ts'
import { orderOf } from './order.case.ts'
import { unlooked } from './unlooked.ts'

const { provider } = standIn('replicate')

test('a provider that nobody looks at is not used for nsfw, in words', () => {
  const held = unlooked(provider)
  expect(held.contentModes).toEqual(['sfw'])
  expect(held.note).toMatch(/^replicate is not used for content mode nsfw.*POLICY_CLASSIFIER\.$/)
  const nsfw = orderOf({ job: { contentMode: 'nsfw' } })
  expect(held.fit(nsfw)).toEqual({ fits: false, reason: held.note })
  expect(held.fit(orderOf())).toEqual(provider.fit(orderOf()))
})

test('one that is not listed for nsfw is what it was', () => {
  const listed = { ...provider, contentModes: ['sfw'] } as const
  expect(unlooked(listed)).toBe(listed)
})
