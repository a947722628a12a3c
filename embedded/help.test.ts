import { expect, it } from 'vitest'
import { help } from './help.ts'

const lineOf = (name: string) => help().match(new RegExp(`^  ${name} .*$`, 'gm'))

it('names each variable once, with what holds here where nobody sets it', () => {
  expect(lineOf('DRAIN_MS')).toEqual([expect.stringContaining('[3000]')])
  expect(lineOf('SDXL_CHECKPOINT')).toEqual([expect.stringContaining('Unset: the demo')])
  expect(lineOf('LEASE_MS')).toHaveLength(1)
  expect(lineOf('REDIS_URL')).toBeNull()
})
