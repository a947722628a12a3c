import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { within } from './within.ts'

const aborted = (signal: AbortSignal) =>
  new Promise<string>((resolve) => {
    if (signal.aborted) resolve('aborted')
    signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  })

it('aborts in time, though memory is collected meanwhile', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const waits = Array.from({ length: 20 }, () => within(100, new AbortController().signal, aborted))
  await delay(20)
  collect()
  const all = Promise.all(waits)
  expect(new Set(await Promise.race([all, delay(2_000, ['never'])]))).toEqual(new Set(['aborted']))
})

it('aborts when somebody else does, also where they had before', async () => {
  const outer = new AbortController()
  const waiting = within(60_000, outer.signal, aborted)
  outer.abort()
  expect(await waiting).toBe('aborted')
  expect(await within(60_000, outer.signal, aborted)).toBe('aborted')
})

it('gives what was worked, and throws what was thrown', async () => {
  const { signal } = new AbortController()
  expect(await within(60_000, signal, async () => 7)).toBe(7)
  const failing = within(60_000, signal, async () => {
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
})
