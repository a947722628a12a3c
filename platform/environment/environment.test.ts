import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { helpText } from './help-text.ts'
import { readEnvironment } from './read-environment.ts'
import { choice, flag, httpUrl, list, listOf, whole } from './words.ts'

const variables = {
  PORT: whole(0, 65_535).default(80).describe('To listen on.'),
  END: choice(['left', 'right']).default('left'),
  SAFE: flag.optional(),
  PLACE: httpUrl.optional().describe('Elsewhere.'),
  HOSTS: list.default([]),
  ORDER: listOf(['a', 'b']).default(['a', 'b']).describe('Who is first.'),
}
const schema = z.object(variables)

describe('an environment', () => {
  it('has defaults for what is unset or empty, and is read by kind', () => {
    const given = { PORT: '8080', END: '', HOSTS: ' x, ,y ', ORDER: 'b,a', OTHER: '1' }
    expect(readEnvironment(schema, given)).toEqual({
      ...{ PORT: 8080, END: 'left', HOSTS: ['x', 'y'], ORDER: ['b', 'a'] },
    })
  })

  it('that is wrong is told everything at once', () => {
    const given = { PORT: '1e6', END: 'up', SAFE: 'yes', PLACE: 'ftp://x', ORDER: 'c' }
    expect(() => readEnvironment(schema, given)).toThrow(
      'In the environment: PORT must be a whole number from 0 to 65535; END must be one of left, right; ' +
        'SAFE must be 0 or 1; PLACE must be an http or https URL; ORDER.0 must be one of a, b.',
    )
  })

  it('that contradicts itself is told so', () => {
    const contradictions = ({ PORT, HOSTS }: z.infer<typeof schema>) =>
      PORT === 80 && HOSTS.length > 0 ? ['HOSTS need another PORT'] : []
    expect(() => readEnvironment(schema, { HOSTS: 'x' }, contradictions)).toThrow(
      'In the environment: HOSTS need another PORT.',
    )
  })

  it('is listed with what each variable means, and is where nobody sets it', () => {
    expect(helpText(variables).split('\n')).toEqual([
      '  PORT                       To listen on. [80]',
      '  END                         [left]',
      '  SAFE',
      '  PLACE                      Elsewhere.',
      '  HOSTS',
      '  ORDER                      Who is first. [a,b]',
    ])
  })
})
