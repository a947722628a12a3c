import { expect, it } from 'vitest'
import { createPace } from './pace.ts'

const said = (step: number, of: number) =>
  JSON.stringify({ stage: 'denoise', image: 0, step, of, more: 'x' })

it('the time that is left is what the steps so far took each, from where it was first heard', () => {
  const pace = createPace()
  expect(pace.heard(said(4, 20), 1_000)).toEqual({
    steps: { stage: 'denoise', image: 0, step: 4, of: 20 },
    fraction: 0.2,
    estimatedSeconds: undefined,
  })
  expect(pace.heard(said(8, 20), 3_000)?.estimatedSeconds).toBe(6)
  expect(pace.heard(said(20, 20), 9_000)).toMatchObject({ fraction: 1, estimatedSeconds: 0 })
})

it('what is no progress is passed over', () => {
  const pace = createPace()
  for (const data of ['', '{', 'null', '{"step":1}', said(21, 20), said(-1, 20), said(0.5, 2)]) {
    expect(pace.heard(data, 0)).toBeUndefined()
  }
  expect(pace.heard(said(0, 0), 0)?.fraction).toBe(0)
})
