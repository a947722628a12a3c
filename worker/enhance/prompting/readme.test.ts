import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { phraseRules } from './phrase-rules.ts'
import { textRules } from './text-rules.ts'

it('the README lists every rule, in the order in which they apply', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)].map(([, name, about]) => [
    name,
    about,
  ])
  expect(rows).toEqual([...textRules, ...phraseRules].map(({ name, about }) => [name, about]))
})
