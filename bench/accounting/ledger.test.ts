import { describe, expect, it } from 'vitest'
import { balance, type Evidence } from './ledger.ts'

const told = (id: string, sha256: string) =>
  ({ id, status: 'completed', pictures: [{ path: '', thumbnailPath: '', sha256 }] }) as const
const toldOfFailure = (id: string) => ({ id, status: 'failed', pictures: [] }) as const
const finish = (id: string, effect: string) => ({ id, effect, answer: 'finished' }) as const

const good: Evidence = {
  acknowledged: new Set(['1']),
  poison: new Set(['p']),
  told: [told('1', 'a'), toldOfFailure('p')],
  finishes: [finish('1', 'a')],
  published: new Map([['1', 'a']]),
  jobs: new Map([
    ['1', { status: 'completed', stalls: 0 }],
    ['p', { status: 'failed', stalls: 3 }],
  ]),
  letters: new Set(['p']),
  deaths: 3,
}
const once = { acknowledged: 1, completedOnce: 1, lost: 0, finishedTwice: 0, dead: 1 }
const lost = { ...once, completedOnce: 0, lost: 1 }
const twice = { ...once, completedOnce: 0, finishedTwice: 1 }

describe('the ledger', () => {
  it.each([
    ['a callback that came twice', { told: [...good.told, told('1', 'a')] }],
    ['a finish whose worker died before it wrote that down', { finishes: [] }],
    [
      'a late finish that was refused',
      { finishes: [finish('1', 'a'), { id: '1', effect: 'b', answer: 'lost' } as const] },
    ],
  ])('counts as once %s', (_, change) => {
    expect(balance({ ...good, ...change })).toEqual(once)
  })

  it.each([
    ['no callback came', { told: [toldOfFailure('p')] }],
    ['only Redis knows of', { told: [toldOfFailure('p')], finishes: [], published: new Map() }],
    ['Redis forgot', { jobs: new Map([['p', { status: 'failed', stalls: 3 }]]) }],
    ['has no files', { published: new Map() }],
    [
      'failed',
      { told: [toldOfFailure('1'), toldOfFailure('p')], finishes: [], published: new Map() },
    ],
  ] satisfies [string, Partial<Evidence>][])('counts as lost what %s', (_, change) => {
    expect(balance({ ...good, ...change })).toEqual(lost)
  })

  it.each([
    ['two accepted finishes', { finishes: [finish('1', 'a'), finish('1', 'b')] }],
    ['callbacks of two starts', { told: [...good.told, told('1', 'b')] }],
    ['a callback of another start than was accepted', { finishes: [finish('1', 'b')] }],
    ['the files of another start', { published: new Map([['1', 'b']]) }],
    ['a completion and a failure', { told: [...good.told, toldOfFailure('1')] }],
  ])('counts as twice %s', (_, change) => {
    expect(balance({ ...good, ...change })).toEqual(twice)
  })

  it.each([
    ['died too seldom', { jobs: new Map([...good.jobs, ['p', { status: 'failed', stalls: 2 }]]) }],
    ['is no dead letter', { letters: new Set<string>() }],
    ['nobody was told of', { told: [told('1', 'a')] }],
    ['was completed as well', { finishes: [finish('1', 'a'), finish('p', 'c')] }],
  ] satisfies [string, Partial<Evidence>][])('does not count as dead what %s', (_, change) => {
    expect(balance({ ...good, ...change })).toEqual({ ...once, dead: 0 })
  })
})
