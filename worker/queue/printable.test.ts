import { expect, test } from 'vitest'
import { printable, printableJson } from './printable.ts'

/** Clears the screen, by both ways to begin a sequence; turns the direction of text; a tag of invisible letters. */
const hostile = '\u001b[2J\u009b2J\u202eexe\u{e0041}\r\n\u2028\u007f\ud800'

test('nothing that a terminal obeys is left of a hostile text', () => {
  const shown = printable(`a${hostile}ä 漢 🐈`)
  expect(shown).toBe(
    'a\\u{1b}[2J\\u{9b}2J\\u{202e}exe\\u{e0041}\\u{d}\\u{a}\\u{2028}\\u{7f}\\u{d800}ä 漢 🐈',
  )
})

test('JSON reads back as what it was, and is as harmless', () => {
  const value = { [hostile]: [hostile, 'plain', 1] }
  for (const indent of [0, 2]) {
    const json = printableJson(value, indent)
    expect(JSON.parse(json)).toEqual(value)
    expect(json).not.toMatch(/[\p{Cf}\p{Cs}\u007f-\u009f\u2028]|(?!\n)\p{Cc}/u)
  }
  expect(printableJson(value)).not.toContain('\n')
})
