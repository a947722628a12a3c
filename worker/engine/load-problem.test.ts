import { expect, test } from 'vitest'
import { loadProblem } from './load-problem.ts'

test.runIf(process.platform === 'linux')('the C library is found by its name', () => {
  expect(loadProblem('libc.so.6')).toBeUndefined()
})

test('a library that is not here is named', () => {
  expect(loadProblem('libno-such-thing.so.13')).toContain('libno-such-thing.so.13')
})
