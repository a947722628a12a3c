import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readRules, readShippedRules, versionOf } from './read-rules.ts'

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'i2i-rules-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

it('applies an operator’s rules after the shipped ones, all of them', () => {
  const own = JSON.stringify({ version: 'house-3', about: 'Ours.', sexual: ['vexnaro'] })
  const rules = readRules(folderWith({ 'house.json': own, 'notes.txt': 'not read' }))
  expect(rules.slice(0, -1)).toEqual(readShippedRules())
  expect(rules.at(-1)?.sexual).toEqual(['vexnaro'])
  expect(versionOf(rules)).toMatch(/^characters-.* english-.* house-3$/)
})

it.each([
  [
    'what would weaken them',
    '{"version": "1", "about": "", "innocent": ["x"]}',
    'such class: innocent',
  ],
  [
    'a term without a letter',
    '{"version": "1", "about": "", "minor": ["--"]}',
    'minor.0 must have',
  ],
  ['no version', '{"about": ""}', 'version must be a text'],
  ['no JSON', '{', 'cannot be read'],
])('refuses to start on %s, and names the file', (_, text, problem) => {
  const folder = folderWith({ 'house.json': text })
  const error = { code: 'configuration-invalid', message: expect.stringContaining(problem) }
  expect(() => readRules(folder)).toThrow(expect.objectContaining(error))
  expect(() => readRules(folder)).toThrow(join(folder, 'house.json'))
})

it('refuses to start on a folder that is empty or not there', () => {
  expect(() => readRules(folderWith({}))).toThrow('holds no .json file')
  expect(() => readRules('/nowhere/at/all')).toThrow('POLICY_TERMS')
})
