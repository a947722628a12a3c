import { describe, expect, it } from 'vitest'
import { requireStorable } from './storable.ts'

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })

describe('what a database keeps', () => {
  it('may be any text that is one, emoji and controls among them', () => {
    expect(() => requireStorable({ prompt: 'a 🐈 \n\u0001', metadata: nested(30) })).not.toThrow()
  })

  it.each([
    ['NUL', { prompt: 'a\0b' }, 'prompt holds a character'],
    ['half a pair', { metadata: { a: ['\ud800'] } }, 'metadata.a.0 holds a character'],
    ['half a pair in a name', { metadata: { '\udc00': 1 } }, 'a name in metadata holds'],
    ['what is nested too deep', { metadata: nested(40) }, 'metadata is nested more than 32 deep'],
    ['what would overflow the stack', { metadata: nested(5_000) }, 'metadata is nested'],
  ])('is never %s', (_, request, sentence) => {
    expect(() => requireStorable(request)).toThrow(sentence)
  })
})
