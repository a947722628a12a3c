import { setImmediate as macrotask } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createMutex } from './mutex.ts'

test('work is done in the order of asking, one at a time, whatever becomes of that before', async () => {
  const mutex = createMutex()
  const told: string[] = []
  const work = (name: string, error?: Error) => async () => {
    told.push(`${name} begins`)
    await macrotask()
    told.push(`${name} ends`)
    if (error) throw error
    return name
  }
  const first = mutex.run(work('first', new Error('a mistake')))
  const second = mutex.run(work('second'))
  await expect(first).rejects.toThrow('a mistake')
  expect(await second).toBe('second')
  expect(told).toEqual(['first begins', 'first ends', 'second begins', 'second ends'])
})

test('it is idle once all that has been asked has ended', async () => {
  const mutex = createMutex()
  await mutex.idle()
  let hasEnded = false
  void mutex.run(async () => {
    await macrotask()
    hasEnded = true
  })
  await mutex.idle()
  expect(hasEnded).toBe(true)
})
