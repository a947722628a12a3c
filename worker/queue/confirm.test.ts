import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { confirm } from './confirm.ts'

function asking(isTTY: boolean) {
  return { input: Object.assign(new PassThrough(), { isTTY }), output: new PassThrough() }
}

test.each([
  ['y\n', true],
  ['YES\n', true],
  ['n\n', false],
  ['\n', false],
  ['yesterday\n', false],
])('%j at a terminal is %j', async (typed, wanted) => {
  const { input, output } = asking(true)
  input.write(typed)
  expect(await confirm('Sure?', { input, output })).toBe(wanted)
  expect(String(output.read())).toContain('Sure? [y/N] ')
})

test('a terminal that is closed has said no', async () => {
  const { input, output } = asking(true)
  input.end()
  expect(await confirm('Sure?', { input, output })).toBe(false)
})

test('where nobody can be asked, the word that would do is named', async () => {
  await expect(confirm('Sure?', asking(false))).rejects.toThrow(
    'Sure? Nobody can be asked here: say --yes.',
  )
})
