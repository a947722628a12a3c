import { describe, expect, it } from 'vitest'
import type { BookedJob } from './books.ts'
import { balanceGateways, type GatewayEvidence } from './gateway-ledger.ts'

const booked = (id: string, change: Partial<BookedJob> = {}): BookedJob => ({
  ...{ id, request: 0, status: 'completed', won: 1, open: 0, charges: 1, dueCharges: 1 },
  ...{ effect: 'a b', given: 'a b', callbacks: 1, delivered: 1, ...change },
})
const told = (id: string, ...hashes: string[]) => {
  const pictures = hashes.map((sha256) => ({ path: '', thumbnailPath: '', sha256 }))
  return { id, status: 'completed', pictures } as const
}
const finish = (id: string, effect: string) => ({ id, effect, answer: 'finished' }) as const

const good: GatewayEvidence = {
  answers: new Map([[0, new Set(['1'])]]),
  booked: [booked('1')],
  told: [told('1', 'a', 'b')],
  finishes: [finish('1', 'a b')],
  published: new Map([['1', 'a b']]),
  jobs: new Map([['1', { status: 'completed', stalls: 0 }]]),
  isEmptied: false,
  unsettled: 0,
}
const once = {
  ...{ acknowledged: 1, completedOnce: 1, lost: 0, finishedTwice: 0 },
  ...{ chargedTwice: 0, open: 0 },
}
const lost = { ...once, completedOnce: 0, lost: 1 }
const twice = { ...once, completedOnce: 0, finishedTwice: 1 }
const failed = { status: 'failed', won: 0, charges: 0, dueCharges: 0, effect: null, given: null }

describe('the ledger of gateways', () => {
  it.each([
    ['a callback that came twice', { told: [...good.told, ...good.told] }],
    [
      'what Redis was made to forget, and a worker drew again',
      { isEmptied: true, finishes: [...good.finishes, finish('1', 'c')], jobs: new Map() },
    ],
  ] satisfies [string, Partial<GatewayEvidence>][])('counts as once %s', (_, change) => {
    expect(balanceGateways({ ...good, ...change })).toEqual(once)
  })

  it.each([
    ['the database does not know', { booked: [] }],
    ['nobody was told of', { told: [] }],
    ['has no files', { published: new Map() }],
    ['the queue forgot by itself', { jobs: new Map() }],
    ['was never charged', { booked: [booked('1', { charges: 0, dueCharges: 0 })] }],
    ['was given out as something else', { booked: [booked('1', { given: 'a' })] }],
    [
      'failed',
      {
        booked: [booked('1', failed)],
        told: [{ id: '1', status: 'failed', pictures: [] }],
        ...{ finishes: [], published: new Map() },
      },
    ],
  ] satisfies [string, Partial<GatewayEvidence>][])('counts as lost what %s', (_, change) => {
    expect(balanceGateways({ ...good, ...change })).toEqual(lost)
  })

  it.each([
    ['callbacks of two starts', { told: [...good.told, told('1', 'c')] }],
    ['a callback of another start than won', { booked: [booked('1', { effect: 'c' })] }],
    ['the files of another start', { published: new Map([['1', 'c']]) }],
    ['two finishes that the queue took', { finishes: [...good.finishes, finish('1', 'c')] }],
    ['a key that was answered with two jobs', { answers: new Map([[0, new Set(['1', '2'])]]) }],
    ['two attempts that won', { booked: [booked('1', { won: 2 })] }],
    [
      'a second job that nobody was told of',
      { booked: [booked('1'), booked('2', { charges: 0, dueCharges: 0 })] },
    ],
  ] satisfies [string, Partial<GatewayEvidence>][])('counts as twice %s', (_, change) => {
    expect(balanceGateways({ ...good, ...change })).toEqual(twice)
  })

  it('counts charges that nobody earned, and second ones', () => {
    const chargesOf = (...rows: BookedJob[]) =>
      balanceGateways({ ...good, booked: rows }).chargedTwice
    expect(chargesOf(booked('1', { charges: 2, dueCharges: 2 }))).toBe(1)
    expect(chargesOf(booked('1'), booked('2'))).toBe(1)
    expect(chargesOf(booked('1', { dueCharges: 0 }))).toBe(1)
    expect(chargesOf(booked('1', { ...failed, charges: 1 }))).toBe(1)
  })

  it.each([
    ['a job that is not over', { status: 'processing' }],
    ['an attempt that is not', { open: 1 }],
    ['a callback that was given up', { delivered: 0 }],
  ])('counts as open %s, whoever asked for it', (_, change) => {
    const rows = [booked('1'), booked('2', { request: 1, ...change })]
    expect(balanceGateways({ ...good, booked: rows })).toEqual({ ...once, open: 1 })
  })

  it('counts as open an end that no gateway took note of', () => {
    expect(balanceGateways({ ...good, unsettled: 1 })).toEqual({ ...once, open: 1 })
  })
})
