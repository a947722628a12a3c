import { expect, test } from 'vitest'
import { createProgressLine } from './progress-line.ts'

/** Everything that was written; the clock stands still unless it is moved. */
function watched(isTTY: boolean, columns = 80) {
  let text = ''
  const clock = { now: 0 }
  const write = (more: string) => {
    text += more
  }
  const line = createProgressLine({ isTTY, columns, write }, () => clock.now)
  return { line, clock, text: () => text }
}

test('a terminal shows one bar with the evaluations and the seconds left, and then nothing', () => {
  const { line, clock, text } = watched(true)
  line.state('opening')
  line.progress({ stage: 'denoise', image: 0, done: 0, of: 4 }, 1)
  clock.now = 1500
  line.progress({ stage: 'denoise', image: 0, done: 1, of: 4 }, 1)
  line.end()
  const drawn = text().split('\r')
  const bar = `denoising  [${'#'.repeat(6)}${'-'.repeat(18)}] 1/4  5 s left`
  expect(drawn.slice(1, 4)).toEqual(['opening', `denoising  [${'-'.repeat(24)}] 0/4`, bar])
  expect(drawn.slice(4)).toEqual([' '.repeat(bar.length), ''])
})

test('a bar is never as wide as the terminal, whatever it says', () => {
  const { line, text } = watched(true, 20)
  line.progress({ stage: 'denoise', image: 0, done: 0, of: 4 }, 1)
  expect(text()).toBe('\rdenoising  [-------')
})

test('elsewhere each state is one line', () => {
  const { line, text } = watched(false)
  for (const image of [0, 1]) {
    for (const done of [0, 1, 2]) line.progress({ stage: 'denoise', image, done, of: 4 }, 2)
  }
  line.notice('Mind this.')
  line.end()
  expect(text()).toBe('denoising, picture 1 of 2\ndenoising, picture 2 of 2\ni2i: Mind this.\n')
})
