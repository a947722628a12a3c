import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readAhead } from './read-ahead.ts'

const AGES = { freshMs: 1_000, goodMs: 2_000 }

/** Readings that are answered one by one, and a clock. */
function source() {
  const asked: PromiseWithResolvers[] = []
  const clock = { ms: 0 }
  const get = readAhead(
    () => {
      const reading = withResolvers()
      asked.push(reading)
      return reading.promise
    },
    { ...AGES, now: () => clock.ms },
  )
  return { asked, clock, get }
}

interface PromiseWithResolvers {
  readonly promise: Promise<string>
  readonly resolve: (value: string) => void
  readonly reject: (error: Error) => void
}

function withResolvers(): PromiseWithResolvers {
  let resolve = (_: string) => {}
  let reject = (_: Error) => {}
  const promise = new Promise<string>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { promise, resolve, reject }
}

async function withFirst() {
  const all = source()
  const first = all.get()
  all.asked[0]?.resolve('first')
  await first
  return all
}

test('all who come before there is a value wait for one reading', async () => {
  const { asked, get } = source()
  const both = [get(), get()]
  asked[0]?.resolve('first')
  expect(await Promise.all(both)).toEqual(['first', 'first'])
  expect(asked).toHaveLength(1)
})

test('a fresh value is not read again', async () => {
  const { asked, clock, get } = await withFirst()
  clock.ms = 999
  expect(await get()).toBe('first')
  expect(asked).toHaveLength(1)
})

test('nobody waits while a value that is still good is read anew', async () => {
  const { asked, clock, get } = await withFirst()
  clock.ms = 1_000
  expect(await get()).toBe('first')
  expect(await get()).toBe('first')
  expect(asked).toHaveLength(2)
  asked[1]?.resolve('second')
  await expect.poll(get).toBe('second')
})

test('a value that is too old is waited for', async () => {
  const { asked, clock, get } = await withFirst()
  clock.ms = 2_000
  const second = get()
  asked[1]?.resolve('second')
  expect(await second).toBe('second')
})

test('a reading that fails is heard of once no value is good, and tried again', async () => {
  const { asked, clock, get } = await withFirst()
  clock.ms = 1_500
  expect(await get()).toBe('first')
  asked[1]?.reject(new Error('away'))
  await setImmediate()
  clock.ms = 2_000
  const second = get()
  await expect.poll(() => asked.length).toBe(3)
  asked[2]?.reject(new Error('still away'))
  await expect(second).rejects.toThrow('still away')
})

test('its age counts from when its reading began', async () => {
  const { asked, clock, get } = source()
  const first = get()
  clock.ms = 1_500
  asked[0]?.resolve('first')
  await first
  clock.ms = 2_000
  const second = get()
  await expect.poll(() => asked.length).toBe(2)
  asked[1]?.resolve('second')
  expect(await second).toBe('second')
})

test('a value is read anew where the clock was put back', async () => {
  const { asked, clock, get } = await withFirst()
  clock.ms = -3_600_000
  const second = get()
  asked[1]?.resolve('second')
  expect(await second).toBe('second')
  clock.ms += 999
  expect(await get()).toBe('second')
  expect(asked).toHaveLength(2)
})
