import { describe, expect, test } from 'vitest'
import { readArguments } from './arguments.ts'
import { help } from './help.ts'
import { options } from './options.ts'

describe('what was typed', () => {
  test('is a command, its words and its options in any order', () => {
    const typed = ['--seed', '1', 'modify', 'a.jpg', '--negative=--', 'a cat', '--json']
    expect(readArguments(typed)).toEqual({
      command: 'modify',
      photo: 'a.jpg',
      prompt: 'a cat',
      given: { seed: '1', negative: '--', json: '' },
      ignored: [],
    })
  })

  test('may give a value that begins with a dash', () => {
    const typed = ['modify', 'a.jpg', '--denoise', '-1', '--', '-5 degrees']
    expect(readArguments(typed)).toMatchObject({ prompt: '-5 degrees', given: { denoise: '-1' } })
  })

  test('may be more than a copy or a picture from nothing has use for', () => {
    const copied = readArguments(['copy', 'a.jpg', 'x', '--guidance', '3', '--steps', '9'])
    expect(copied).toMatchObject({
      prompt: '',
      given: { steps: '9' },
      ignored: ['the prompt', '--guidance'],
    })
    expect(readArguments(['generate', 'x', '--denoise', '1'])).toMatchObject({
      photo: undefined,
      given: {},
      ignored: ['--denoise'],
    })
  })

  test('asks for help wherever --help stands', () => {
    expect(readArguments(['modify', '-h'])).toBe('help')
  })
})

test.each([
  [
    ['modfy', 'a.jpg', 'x'],
    'There is no command "modfy". The commands are modify, copy, generate, enhance',
  ],
  [['--json'], 'No command was given'],
  [['generate', 'x', '--step', '3'], 'There is no option --step. The nearest is --steps'],
  [['generate', 'x', '--denoize=1'], 'The nearest is --denoise'],
  [['generate', 'x', '--reference_strength', '1'], 'The nearest is --reference-strength'],
  [['generate', 'x', '--cfg-scale', '3'], 'The nearest is --guidance'],
  [['generate', 'x', '--constructor'], 'There is no option --constructor'],
  [['generate', 'x', '--seed'], '--seed needs a value'],
  [['generate', 'x', '--out', '--json'], '--out needs a value'],
  [['generate', 'x', '--json=1'], '--json takes no value'],
  [['generate', 'a', 'cat'], 'Put the prompt in quotes'],
  [['modify', 'a.jpg', 'a', 'cat'], 'Put the prompt in quotes'],
  [['modify'], 'modify needs a photo'],
  [['copy'], 'copy needs a photo'],
  [['modify', 'a.jpg'], 'modify needs a prompt'],
  [['modify', 'a.jpg', ''], 'modify was given an empty prompt'],
  [['generate', ' \n'], 'generate was given an empty prompt'],
  [['modify', 'a', 'x', '--denoise', '1', '--reference-strength', '0'], 'in two ways'],
  [['generate', 'x', '--size', '64x64', '--aspect', '1:1'], 'Give one of them'],
])('%j is refused', (typed, sentence) => {
  expect(() => readArguments(typed)).toThrow(sentence)
})

test('the help explains every option that there is, and no other', () => {
  const explained = [...help.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map(([, name]) => name)
  expect(explained.toSorted()).toEqual(Object.keys(options).toSorted())
})
