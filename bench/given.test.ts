import { describe, expect, it } from 'vitest'
import { readGiven } from './given.ts'

const options = { rounds: 'N (5)', side: 'N', peer: '', kind: 'modify|copy' }

describe('readGiven', () => {
  it('reads numbers, lists, names and switches', () => {
    const given = readGiven(['HEAD', '--rounds', '3', '--side=256,512', '--peer'], options)
    expect(given.positionals).toEqual(['HEAD'])
    expect(given.count('rounds')).toBe(3)
    expect(given.counts('side')).toEqual([256, 512])
    expect(given.isSet('peer')).toBe(true)
  })

  it('tells what was not said from what was', () => {
    const given = readGiven([], options)
    expect(given.count('rounds')).toBeUndefined()
    expect(given.isSet('peer')).toBe(false)
    expect(given.among('kind', ['modify', 'copy'])).toEqual(['modify', 'copy'])
  })

  it.each([
    ['--rounds 0', '--rounds is 0: give a whole number from 1 on.'],
    ['--rounds 2.5', '--rounds is 2.5: give a whole number from 1 on.'],
    ['--rounds 2,3', '--rounds is 2,3: give a whole number from 1 on.'],
    ['--side 256,big', '--side is big: give a whole number from 1 on.'],
    ['--kind edit', '--kind is edit: name modify, copy.'],
    ['--round 3', "Unknown option '--round'. It takes --rounds, --side, --peer, --kind."],
  ])('refuses %s by name', (line, message) => {
    const read = () => {
      const given = readGiven(line.split(' '), options)
      return [given.count('rounds'), given.counts('side'), given.among('kind', ['modify', 'copy'])]
    }
    expect(read).toThrow(message)
  })
})
