import { expect, it } from 'vitest'
import { type Part, parts, secondsFor } from './parts.ts'

const part = (expectedSeconds: number, mostSeconds: number): Part => ({
  name: 'one',
  expectedSeconds,
  mostSeconds,
  needsCheckpoint: false,
})

it('a part may take more than expected where later ones do not need it', () => {
  expect(secondsFor(part(10, 50), { left: 100, later: [part(70, 70)] })).toBe(30)
  expect(secondsFor(part(10, 50), { left: 200, later: [part(70, 70)] })).toBe(50)
})

it('a part that is late still gets what it is expected to need, until nothing is left', () => {
  expect(secondsFor(part(10, 50), { left: 40, later: [part(70, 70)] })).toBe(10)
  expect(secondsFor(part(10, 50), { left: 4, later: [part(70, 70)] })).toBe(4)
})

it('all parts together are expected to end within the ten minutes of one call', () => {
  const all = parts.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0)
  expect(all).toBeLessThanOrEqual(560)
})
