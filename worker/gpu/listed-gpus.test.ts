import { expect, test } from 'vitest'
import { parseGpus } from './gpu-list.ts'
import { listedGpus } from './listed-gpus.ts'
import type { SmiAnswer } from './nvidia-smi.ts'

const answerOf = (...names: readonly string[]): SmiAnswer => {
  const lines = names.map((name) => `${name}, 580.95.05, 23034, 22563, Disabled, 8.9`)
  const [first, ...more] = parseGpus(lines.join('\n'))
  if (!first) throw new Error('no GPU in it')
  return { kind: 'gpus', gpus: [first, ...more] }
}

test('those that were named are found in that order, and all of them by that word', () => {
  const answer = answerOf('NVIDIA L4', 'NVIDIA L40S', 'Tesla T4')
  const named = (asked: Parameters<typeof listedGpus>[0]) =>
    listedGpus(asked, answer).map(({ gpu, facts }) => [gpu, facts.name])
  expect(named([2, 0])).toEqual([
    [2, 'Tesla T4'],
    [0, 'NVIDIA L4'],
  ])
  expect(named('all').map(([gpu]) => gpu)).toEqual([0, 1, 2])
})

test.each([
  [[0, 2], answerOf('NVIDIA L4', 'NVIDIA L4'), /GPU 2, but nvidia-smi lists GPUs 0 to 1\. Name/],
  [[1], answerOf('NVIDIA L4'), /GPU 1, but nvidia-smi lists GPU 0 alone\./],
  [[0], { kind: 'absent' }, /GPUS needs nvidia-smi, which is not here\. npm run doctor/],
  ['all', { kind: 'complaint', said: 'No devices were found' }, /says: No devices were found\./],
] as const)('%j is refused where the answer is %j', (asked, answer, sentence) => {
  expect(() => listedGpus(asked, answer)).toThrow(sentence)
  expect(() => listedGpus(asked, answer)).toThrow(
    expect.objectContaining({ code: 'configuration-invalid' }),
  )
})
