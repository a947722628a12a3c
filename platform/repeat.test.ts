import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { repeat } from './repeat.ts'

it('goes on after a failure, never twice at a time, and once more where it was nudged meanwhile', async () => {
  let runs = 0
  let atATime = 0
  let most = 0
  const errors: unknown[] = []
  const work = async () => {
    runs++
    most = Math.max(most, ++atATime)
    await sleep(10)
    atATime--
    if (runs === 1) throw new Error('the first')
  }
  const repeated = repeat(work, { every: 60_000, onError: (error) => errors.push(error) })
  repeated.nudge()
  repeated.nudge()
  await expect.poll(() => runs).toBe(2)
  await sleep(30)
  repeated.nudge()
  await repeated[Symbol.asyncDispose]()
  expect([runs, atATime, most, errors.length]).toEqual([3, 0, 1, 1])
  repeated.nudge()
  await sleep(20)
  expect(runs).toBe(3)
})
