import { expect, test } from 'vitest'
import { anySize, oneSize } from './sized-session.ts'

/** A session that tells when it is opened and closed. */
function recorded() {
  const events: string[] = []
  const open = (name: string) => {
    events.push(`open ${name}`)
    return {
      name,
      [Symbol.asyncDispose]: async () => {
        events.push(`close ${name}`)
      },
    }
  }
  return { events, open }
}

const small = { width: 8, height: 16 }
const large = { width: 16, height: 16 }

test('one session serves every size where sides are left open', async () => {
  const { events, open } = recorded()
  const session = anySize(async () => open('any'))
  await session.prepare()
  expect(await session.of(small)).toBe(await session.of(large))
  await session[Symbol.asyncDispose]()
  expect(events).toEqual(['open any', 'close any'])
})

test('a size is opened once while it stays, and closed before another is opened', async () => {
  const { events, open } = recorded()
  const session = oneSize(async ({ width, height }) => open(`${width}x${height}`))
  await session.of(small)
  await session.of({ ...small })
  await session.of(large)
  await session.of(small)
  await session[Symbol.asyncDispose]()
  await session[Symbol.asyncDispose]()
  expect(events).toEqual([
    'open 8x16',
    'close 8x16',
    'open 16x16',
    'close 16x16',
    'open 8x16',
    'close 8x16',
  ])
})

test('what is closed is opened anew when it is asked for, and by then alone', async () => {
  const { events, open } = recorded()
  const any = anySize(async () => open('any'))
  const one = oneSize(async ({ width, height }) => open(`${width}x${height}`))
  for (const session of [any, one]) {
    await session.prepare()
    await session.of(small)
    await session.close()
    await session.close()
    await session.of(small)
  }
  expect(events).toEqual([
    ...['open any', 'close any', 'open any'],
    ...['open 8x16', 'close 8x16', 'open 8x16'],
  ])
})

test('a size that cannot be opened leaves nothing behind, and may be tried again', async () => {
  const { events, open } = recorded()
  let fails = true
  const session = oneSize(async () => {
    if (fails) throw new Error('out of memory')
    return open('at last')
  })
  await expect(session.of(small)).rejects.toThrow('out of memory')
  fails = false
  await session.of(small)
  await session[Symbol.asyncDispose]()
  expect(events).toEqual(['open at last', 'close at last'])
})
