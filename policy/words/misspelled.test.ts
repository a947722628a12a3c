import { describe, expect, it } from 'vitest'
import { readShippedRules } from '../read-rules.ts'
import type { Rules } from '../rules.ts'
import { findSigns } from './find-signs.ts'
import { createLexicon } from './lexicon.ts'
import { realWords } from './real-words.ts'

const lexicon = createLexicon(readShippedRules())
const standIn: Rules = {
  ...{
    version: '1',
    about: '',
    minor: ['zorblato', 'prevexnar*', 'plistow', 'vexnaro'],
    weighty: ['vexnaro'],
    suggestive: ['wobriska'],
  },
}
const invented = createLexicon([standIn])
const seen = (text: string) => [...findSigns(text, invented)]

describe('a slip', () => {
  it.each([
    ...['zorbato', 'zzorblato', 'zorblaot', 'zorbluto', 'zrblato', 'ozrblato', 'orblato', 'vexnro'],
    ...['prevexnra', 'prevxnarish', 'pervexnar', 'prevexnurs', 'Z0rblut0', 'zоrblaot', 'vexnaor'],
  ])('makes %s of a term, and no other word', (word) => {
    expect(seen(`a ${word} in the garden`)).toEqual(['minor'])
  })

  it.each([
    ...['zorb', 'zrblta', 'zorblottery', 'zablot', 'plistou', 'plitsow', 'prexnar', 'wobrisca'],
    ...['unprevxnar', 'zobrltao', 'vexrano'],
  ])('does not make %s of one', (word) => {
    expect(seen(`a ${word} in the garden`)).toEqual([])
  })

  it.each([
    ...['scholgirl', 'shcoolgirls', 'schoolgril', 'underrage', 'undrage', 'teeen', 'prepubecent'],
    ...['childern', 'chilren', 'todler', 'adolecent', 'kindergarden', 'preeteen', 'teeanger'],
  ])('does not hide a sign of a minor in %s', (word) => {
    expect([...findSigns(word, lexicon)]).toContain('minor')
  })

  it.each(['nakd', 'nuude', 'nudde', 'toples', 'undresed', 'pornograhy', 'masturabte', 'desnuuda'])(
    'does not hide what is explicit in %s',
    (word) => {
      expect([...findSigns(word, lexicon)]).toContain('sexual')
    },
  )
})

it('takes no real word for a slip, though it is as near to a term', () => {
  expect(realWords.size).toBeGreaterThan(100)
  const taken = [...realWords].filter((word) => findSigns(word, lexicon).size > 0)
  expect(taken).toEqual([])
})

it('looks through words that nobody ever saw in a time that grows with them', () => {
  const words = Array.from({ length: 12_000 }, (_, i) => `q${i.toString(36)}underag${i % 7}`)
  const before = process.cpuUsage()
  findSigns(words.join(' ').slice(0, 100_000), createLexicon(readShippedRules()))
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(4_000)
})
