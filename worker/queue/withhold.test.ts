import { expect, test } from 'vitest'
import { today } from '../../contract/job/today.case.ts'
import { withhold, withoutQueries } from './withhold.ts'

const signed = 'https://user:pass@x.supabase.co/sign/a.png?token=eyJhbGciOi#part'

test('of a payload the settings stay, and no word that somebody wrote', () => {
  const metadata = {
    reference_image_url: signed,
    subject: 'nude',
    tags: ['red'],
    referenceMode: 'copy',
  }
  const shown = withhold({ ...today, prompt: 'lady', metadata }, { showsContent: false })
  const { prompt: _, negative_prompt, ...others } = today
  expect(shown).toMatchObject({
    id: others.id,
    job_type: others.job_type,
    config: others.config,
    prompt: '[hidden: 4 characters]',
    negative_prompt: `[hidden: ${negative_prompt.length} characters]`,
    metadata: {
      reference_image_url: `[hidden: ${signed.length} characters]`,
      subject: '[hidden: 4 characters]',
      tags: ['[hidden: 3 characters]'],
      referenceMode: 'copy',
    },
  })
})

test('a setting that is none of the few words it may be is hidden', () => {
  const shown = withhold(
    { mode: 'a lady in red', user_id: 'eyJhbGciOiJIUzI1NiJ9' },
    { showsContent: false },
  )
  expect(shown).toEqual({ mode: '[hidden: 13 characters]', user_id: '[hidden: 20 characters]' })
})

test('a name that is no name of a setting is hidden', () => {
  const shown = withhold({ 'a lady in red': 1 }, { showsContent: false })
  expect(shown).toEqual({ '[hidden: 13 characters]': 1 })
})

test('where content is shown, signatures, passwords and tokens are not', () => {
  const given = {
    prompt: `like ${signed} in red`,
    auth_token: 'x',
    service_key: 5,
    headers: { Authorization: ['b'] },
  }
  expect(withhold(given, { showsContent: true })).toEqual({
    prompt: 'like https://…@x.supabase.co/sign/a.png?… in red',
    auth_token: '[hidden]',
    service_key: '[hidden]',
    headers: { Authorization: '[hidden]' },
  })
})

test.each([
  ['http://x/a?X-Amz-Signature=1&b=2', 'http://x/a?…'],
  ['http://x/a?naked', 'http://x/a?…'],
  ['http://x/a#access_token=1', 'http://x/a#…'],
  ['//x/a?sig=1 then', '//x/a?… then'],
  ['{"u":"https://x/a?t=1","v":2}', '{"u":"https://x/a?…","v":2}'],
  ['is it red? yes', 'is it red? yes'],
])('%s is shown as %s', (given, shown) => {
  expect(withoutQueries(given)).toBe(shown)
})

test('a value of any depth is shown in time, to a depth', () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
  expect(JSON.stringify(withhold({ deep }, { showsContent: true }))).toContain('[[[["[deeper]"]]]]')
})

test('a word of any length is looked through in a time that grows with it', () => {
  const before = process.cpuUsage()
  const word = 'a'.repeat(100_000)
  expect(withoutQueries(`${word} http://x/a?t=1`)).toBe(`${word} http://x/a?…`)
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000)
})
