import { describe, expect, it } from 'vitest'
import { readErrand } from './errand.ts'

const NOW = Date.UTC(2026, 10, 23)
const read = (line: string) => readErrand(line.split(' '), NOW)

describe('create', () => {
  it('needs a user alone', () => {
    expect(read('create --user ann')).toEqual({
      verb: 'create',
      wish: {
        environment: 'live',
        tenant: 'default',
        userId: 'ann',
        name: '',
        scopes: ['jobs:write', 'jobs:read', 'files:write'],
        adult: false,
        expiresAt: null,
      },
    })
  })

  it('reads who is suspended, and whose suspension is to end', () => {
    expect(read('suspensions --json')).toEqual({ verb: 'suspensions', isJson: true })
    const owner = { tenant: 'firm', userId: 'ann' }
    expect(read('lift --user ann --tenant firm')).toEqual({ verb: 'lift', owner })
    expect(() => read('lift')).toThrow('npm run keys -- lift --user NAME')
  })

  it('takes all that a key may have', () => {
    const line =
      'create --user ann --tenant firm --name x --scopes jobs:read,admin --adult --attests --days 30 --env test'
    expect(read(line)).toMatchObject({
      wish: {
        ...{ environment: 'test', tenant: 'firm', name: 'x', scopes: ['jobs:read', 'admin'] },
        ...{ adult: true, attests: true, expiresAt: new Date('2026-12-23T00:00:00Z') },
      },
    })
  })

  it.each([
    ['create', 'needs to know whose jobs'],
    ['create --user ../ann', '--user has 1 to 128 letters'],
    ['create --user ann --tenant a/b', '--tenant has 1 to 128'],
    ['create --user ann --scopes jobs', 'There is no scope jobs. The scopes are jobs:write'],
    ['create --user ann --days 0', 'from 1 to 3650, not 0'],
    ['create --user ann --days 1e9', 'from 1 to 3650, not 1e9'],
    ['create --user ann --env Live', '--env has 1 to 12 small letters'],
    ['create --user ann --admin', "Unknown option '--admin'"],
    ['create ann', 'does not take positional arguments'],
    [`create --user ann --name ${'x'.repeat(101)}`, 'at most 100'],
    ['delete', 'There is no verb delete'],
    ['list --all', "Unknown option '--all'"],
    ['revoke', 'needs the id of one key'],
    ['revoke a b', 'needs the id of one key'],
    ['revoke abc', 'has eight letters and digits'],
  ])('%s is refused', (line, message) => {
    expect(() => read(line)).toThrow(
      expect.objectContaining({
        code: 'request-invalid',
        message: expect.stringContaining(message),
      }),
    )
  })
})

it('revoke takes an id, or a key that was copied whole', () => {
  const errand = { verb: 'revoke', id: 'Ab3dE6gH' }
  expect(read('revoke Ab3dE6gH')).toEqual(errand)
  expect(read(`revoke i2i_live_Ab3dE6gH_${'a'.repeat(43)}`)).toEqual(errand)
})

it.each(['', 'help', '--help', '-h', 'create --help', 'revoke -h'])('%j asks for help', (line) => {
  const typed = line === '' ? [] : line.split(' ')
  expect(readErrand(typed, NOW)).toEqual({ verb: 'help' })
})
