/** Bench `gpu` alone: a bare machine with a GPU has not all that other benches need to start. */
import { parseArgs } from 'node:util'
import { Failure, messageOf } from '#contract'
import { benchGpu } from './gpu.ts'

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      device: { type: 'string', default: 'cuda' },
      small: { type: 'boolean', default: false },
      /** Separated by commas. */
      parts: { type: 'string', default: '' },
      /** Seconds in all. */
      limit: { type: 'string', default: '570' },
      checkpoint: { type: 'string' },
    },
  })
  const limitSeconds = Number(values.limit)
  if (!(limitSeconds > 0)) {
    throw new Failure('request-invalid', `--limit is ${values.limit}: give seconds.`)
  }
  const { device, small, checkpoint } = values
  const parts = values.parts.split(',').filter(Boolean)
  return benchGpu({ device, small, parts, limitSeconds, checkpoint }, console.log)
}
