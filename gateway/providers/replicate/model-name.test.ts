import { expect, test } from 'vitest'
import { readModelName } from './model-name.ts'

const version = 'ab'.repeat(32)

test.each([
  ['stability-ai/sdxl', { kind: 'model', key: 'stability-ai/sdxl' }],
  ['lucataco/realistic-vision-v5.1', { kind: 'model', key: 'lucataco/realistic-vision-v5.1' }],
  [`acme/x:${version}`, { kind: 'version', key: 'acme/x', version }],
  [version, { kind: 'version', key: undefined, version }],
  ['deployments/acme/prod', { kind: 'deployment', key: 'acme/prod' }],
])('%s', (text, name) => {
  expect(readModelName(text)).toEqual(name)
})

test.each(['', 'sdxl', 'a/b/c', 'a/b:latest', 'https://replicate.com/a/b', '../a', 'abc123'])(
  '%j is refused with the forms that there are',
  (text) => {
    expect(() => readModelName(text)).toThrow('owner/name, owner/name:VERSION')
  },
)
