import { expect, it } from 'vitest'
import { createUnwind } from './unwind.ts'

const noting = (to: string[], name: string, error?: Error) => ({
  name,
  async [Symbol.asyncDispose]() {
    to.push(name)
    if (error) throw error
  },
})

it('closes what was opened in the opposite order where the opening fails', async () => {
  const closed: string[] = []
  const opening = async () => {
    await using unwind = createUnwind()
    expect(unwind.use(noting(closed, 'first')).name).toBe('first')
    unwind.use(noting(closed, 'second'))
    throw new Error('the third does not open')
  }
  await expect(opening()).rejects.toThrow('the third')
  expect(closed).toEqual(['second', 'first'])
})

it('leaves what is kept open to whoever has it, who closes it once', async () => {
  const closed: string[] = []
  const opening = async () => {
    await using unwind = createUnwind()
    unwind.use(noting(closed, 'first'))
    return unwind.keep()
  }
  const close = await opening()
  expect(closed).toEqual([])
  await close()
  await close()
  expect(closed).toEqual(['first'])
})

it('closes the rest of what does not close, and says so', async () => {
  const closed: string[] = []
  const unwind = createUnwind()
  unwind.use(noting(closed, 'first'))
  unwind.use(noting(closed, 'second', new Error('it hangs')))
  await expect(unwind[Symbol.asyncDispose]()).rejects.toThrow('it hangs')
  expect(closed).toEqual(['second', 'first'])
})
