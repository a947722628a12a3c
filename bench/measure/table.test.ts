import { describe, expect, it } from 'vitest'
import { columns, duration, percent } from './table.ts'

describe('columns', () => {
  it('makes every column as wide as its widest cell, with numbers flush right', () => {
    const rows = [
      ['', 'median', 'peak'],
      ['UNet', '4.58 s', '5501 MB'],
      ['VAE decoder', '6 s', '1518 MB'],
    ]
    expect(columns(rows)).toEqual([
      '             median     peak',
      'UNet         4.58 s  5501 MB',
      'VAE decoder     6 s  1518 MB',
    ])
  })

  it('ends a short row where its last cell ends', () => {
    expect(columns([['a', 'b', 'c'], ['note']], { left: 2 })).toEqual(['a     b  c', 'note'])
  })
})

describe('duration', () => {
  it.each([
    [0.04321, '0.0432 ms'],
    [45.678, '45.7 ms'],
    [999, '999 ms'],
    [1000, '1.00 s'],
    [61_234, '61.23 s'],
  ])('says %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})

it('says a share in whole percent', () => {
  expect(percent(0.525)).toBe('53 %')
})
