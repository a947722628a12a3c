import { expect, test } from 'vitest'
import { sizedSession } from './sized-session.ts'

/** Sessions that are numbered as they are opened, and tell of it; memory has room for so many. */
function recorded(room = Number.POSITIVE_INFINITY) {
  const events: string[] = []
  let count = 0
  let live = 0
  const open = async () => {
    if (live === room) throw new Error('CUDA failure 2: out of memory')
    const name = `session ${++count}`
    live++
    events.push(`open ${name}`)
    return {
      name,
      [Symbol.asyncDispose]: async () => {
        live--
        events.push(`close ${name}`)
      },
    }
  }
  return { events, open }
}

const [small, large, tall] = [
  { width: 8, height: 16 },
  { width: 16, height: 16 },
  { width: 8, height: 32 },
]

test('one session serves every size, and is opened before the first where that is asked', async () => {
  const { events, open } = recorded()
  const session = sizedSession(open, 1)
  await session.prepare()
  expect(events).toEqual(['open session 1'])
  expect(await session.of(small)).toBe(await session.of(large))
  await session[Symbol.asyncDispose]()
  await session[Symbol.asyncDispose]()
  expect(events).toEqual(['open session 1', 'close session 1'])
})

test('each of several sizes keeps its session, and the least lately used gives way', async () => {
  const { events, open } = recorded()
  const session = sizedSession(open, 2)
  const names: string[] = []
  await session.prepare()
  for (const size of [small, { ...small }, large, small, tall, small, large]) {
    names.push((await session.of(size)).name.at(-1) ?? '')
  }
  // tall takes large's, which was used before small's; large then takes tall's.
  expect(names.join('')).toBe('1121212')
  expect(events).toEqual(['open session 1', 'open session 2'])
})

test('where memory has no room for another, those that are open serve all', async () => {
  const { events, open } = recorded(2)
  const session = sizedSession(open, 9)
  for (const size of [small, large, tall, small, large]) await session.of(size)
  expect(events).toEqual(['open session 1', 'open session 2'])
})

test('what is closed is opened anew when it is asked for', async () => {
  const { events, open } = recorded()
  const session = sizedSession(open, 2)
  await session.of(small)
  await session.of(large)
  await session.close()
  await session.close()
  await session.of(small)
  expect(events).toEqual([
    ...['open session 1', 'open session 2', 'close session 1', 'close session 2'],
    'open session 3',
  ])
})

test('a first session that cannot be opened leaves nothing behind, and may be tried again', async () => {
  const { open } = recorded()
  let fails = true
  const session = sizedSession(async () => {
    if (fails) throw new Error('out of memory')
    return open()
  }, 2)
  await expect(session.of(small)).rejects.toThrow('out of memory')
  fails = false
  expect((await session.of(small)).name).toBe('session 1')
})

test('an error that is not want of memory is told', async () => {
  const { open } = recorded()
  let opened = 0
  const session = sizedSession(async () => {
    if (++opened > 1) throw new Error('no kernel for Conv')
    return open()
  }, 2)
  await session.of(small)
  await expect(session.of(large)).rejects.toThrow('no kernel')
})
