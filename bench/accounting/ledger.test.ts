import { describe, expect, it } from 'vitest'
import type { JobStatus } from '#contract'
import { balance, type Evidence } from './ledger.ts'

const callback = (id: string, attempt: string) =>
  ({ id, status: 'completed', result: JSON.stringify({ attempt }) }) as const
const finish = (id: string, attempt: string) => ({ id, attempt, answer: 'finished' }) as const
const completed = new Map<string, JobStatus>([['1', 'completed']])

const good: Evidence = {
  acknowledged: new Set(['1']),
  callbacks: [callback('1', 'a')],
  finishes: [finish('1', 'a')],
  statuses: completed,
}
const once = { acknowledged: 1, completedOnce: 1, lost: 0, finishedTwice: 0 }
const lost = { ...once, completedOnce: 0, lost: 1 }
const twice = { ...once, completedOnce: 0, finishedTwice: 1 }
const failed = { id: '1', status: 'failed', result: '{}' } as const

describe('the ledger', () => {
  it.each([
    ['a callback that came twice', { callbacks: [callback('1', 'a'), callback('1', 'a')] }],
    ['a finish whose worker died before it wrote that down', { finishes: [] }],
    [
      'a late finish that was refused',
      { finishes: [finish('1', 'a'), { id: '1', attempt: 'b', answer: 'lost' } as const] },
    ],
  ])('counts as once %s', (_, change) => {
    expect(balance({ ...good, ...change })).toEqual(once)
  })

  it.each([
    ['no callback came', { callbacks: [] }],
    ['only Redis knows of', { callbacks: [], finishes: [] }],
    ['Redis forgot', { statuses: new Map() }],
    ['failed', { callbacks: [failed], finishes: [] }],
  ])('counts as lost what %s', (_, change) => {
    expect(balance({ ...good, ...change })).toEqual(lost)
  })

  it.each([
    ['two accepted finishes', { finishes: [finish('1', 'a'), finish('1', 'b')] }],
    ['callbacks of two starts', { callbacks: [callback('1', 'a'), callback('1', 'b')] }],
    ['a callback of another start than was accepted', { finishes: [finish('1', 'b')] }],
    ['a completion and a failure', { callbacks: [callback('1', 'a'), failed] }],
  ])('counts as twice %s', (_, change) => {
    expect(balance({ ...good, ...change })).toEqual(twice)
  })
})
