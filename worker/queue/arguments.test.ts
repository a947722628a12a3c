import { expect, test } from 'vitest'
import { readErrand } from './arguments.ts'

test('each verb is read with its options', () => {
  expect(readErrand(['list', '--json', '--count', '5'])).toMatchObject({
    ...{ verb: 'list', id: '', count: 5, isJson: true },
  })
  expect(readErrand(['peek', 'a:1', '--show-content'])).toMatchObject({
    ...{ verb: 'peek', id: 'a:1', count: 20, isJson: false, showsContent: true },
  })
  expect(readErrand(['retry', '--all-dead', '--yes'])).toMatchObject({
    ...{ verb: 'retry', id: '', isAllDead: true, isSure: true },
  })
  expect(readErrand(['drop', 'x', '-h'])).toBe('help')
})

test.each([
  [[], 'No verb was given. The verbs are list, peek, dead, retry, drop'],
  [['lost'], 'There is no verb "lost"'],
  [['list', 'x'], 'list does not know what "x" is for'],
  [['retry', '--all-dead', 'x'], 'retry does not know what "x" is for'],
  [['drop', 'x', 'y'], 'drop does not know what "y" is for'],
  [['drop'], 'drop needs an id: npm run queue -- drop ID'],
  [['drop', 'x', '--yes'], 'drop does not take "--yes". It takes no options'],
  [['list', '--show-content'], 'list does not take "--show-content". It takes --json, --count'],
  [['list', '--constructor'], 'list does not take "--constructor"'],
  [['list', '--count', '1001'], '--count must be a whole number from 1 to 1000, not "1001"'],
  [['list', '--json=no'], '--json takes no value'],
  [['list', '--count'], '--count must be a whole number'],
  [['peek', '../etc'], '"../etc" is no id'],
  [['peek', 'a\u001b[2J'], '"a\\u001b[2J" is no id'],
])('%j is refused with the mend', (typed, sentence) => {
  expect(() => readErrand(typed)).toThrow(sentence)
})
