import { expect, test } from 'vitest'
import { readErrand } from './arguments.ts'

test('nothing typed is a check', () => {
  expect(readErrand([])).toBe('check')
  expect(readErrand(['--json'])).toBe('check as JSON')
  expect(readErrand(['--fetch-cuda'])).toBe('fetch CUDA')
  expect(readErrand(['-h'])).toBe('help')
})

test.each([['--fetch'], ['gpu'], ['--json=yes'], ['--json', '--fetch-cuda'], ['--constructor']])(
  '%s is refused with what there is',
  (...typed) => {
    expect(() => readErrand(typed)).toThrow(
      `The doctor takes one of --json, --fetch-cuda and --help, not ${typed.join(' ')}.`,
    )
  },
)
