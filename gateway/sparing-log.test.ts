import { expect, it } from 'vitest'
import { Failure } from '#contract'
import { createLog } from '#platform/log.ts'
import { sparingLog } from './sparing-log.ts'

it('tells of the same trouble once in ten seconds, and then how often it was kept quiet', () => {
  const lines: string[] = []
  let now = 0
  const log = sparingLog(createLog({ destination: { write: (line) => lines.push(line) } }), {
    now: () => now,
  })
  const away = { error: new Failure('queue-unavailable', 'gone') }
  for (; now < 10_000; now += 100) log.warn('not settled', away)
  expect(lines).toHaveLength(1)
  log.warn('not settled', away)
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ msg: 'not settled', count: 99 })

  log.warn('not dispatched', away)
  log.warn('not settled', { error: new Failure('database-unavailable', 'gone') })
  log.warn('not settled', { ...away, jobId: 'a' })
  log.with({ process: 'gateway' }).info('answered')
  log.error('not settled', away)
  expect(lines).toHaveLength(7)
})
