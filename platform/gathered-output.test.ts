import { spawnSync } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { gatheredOutput } from './gathered-output.ts'
import { typescriptLoader } from './typescript-loader.ts'

test('lines of one turn are one write, in order, and those of the next another', async () => {
  const written: string[] = []
  const output = gatheredOutput({ write: (text) => void written.push(text) })
  output.write('a\n')
  output.write('b\n')
  expect(written).toEqual([])
  await turn()
  output.write('c\n')
  await turn()
  expect(written).toEqual(['a\nb\n', 'c\n'])
})

test.each(['process.exit(3)', "throw new Error('unforeseen')"])(
  'what is said right before %s is written',
  (end) => {
    const script = `
      import { createLog } from '${import.meta.resolve('./log.ts')}'
      import { gatheredOutput } from '${import.meta.resolve('./gathered-output.ts')}'
      const log = createLog({ destination: gatheredOutput() })
      log.info('began')
      log.error('ended')
      ${end}`
    const words = [...typescriptLoader(), '--input-type=module', '-e', script]
    const { stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' })
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).msg)
    expect(events).toEqual(['began', 'ended'])
  },
)
