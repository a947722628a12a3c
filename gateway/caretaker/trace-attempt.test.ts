import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '#platform/log.ts'
import { type Collector, startCollector } from '#platform/tracing/collector.case.ts'
import { openTracing } from '#platform/tracing/open-tracing.ts'
import type { Tracing } from '#platform/tracing/span.ts'
import { testDatabases } from '../database/test-database.case.ts'
import { eventually } from './caretaker.case.ts'
import { withReplicate } from './with-replicate.case.ts'

const [pglite] = testDatabases
if (!pglite) throw new Error('there is no database to test on')
const at = withReplicate(pglite)
let collector: Collector
let tracing: Tracing | undefined
beforeEach(async () => {
  collector = await startCollector()
  const config = { endpoint: collector.origin, serviceName: undefined }
  const log = createLog({ level: 'silent' })
  tracing = await openTracing(config, { name: 'test', log })
})
afterEach(() => collector[Symbol.asyncDispose]())

const told = async () => {
  await tracing?.[Symbol.asyncDispose]()
  return collector.spans()
}

test('an attempt at a provider is told once it is over, with how long the provider had it', async () => {
  const { accept, ended, attempts } = await at.started({ parts: { tracing } })
  const { id } = await accept()
  await ended(id)
  await eventually(() => attempts(id)).toMatchObject([{ state: 'won', isLetGo: true }])
  const [span, ...others] = await told()
  expect(others).toEqual([])
  expect(span).toMatchObject({ name: 'draw at replicate', kind: 3, status: { code: 0 } })
  expect(span?.attributes).toMatchObject({
    ...{ 'i2i.job.id': id, 'i2i.job.outcome': 'completed', 'gen_ai.provider.name': 'replicate' },
  })
  const took = Number((span?.endTimeUnixNano ?? 0n) - (span?.startTimeUnixNano ?? 0n))
  expect(took).toBeGreaterThan(30e6)
})

test('one that came to nothing is told with its code', async () => {
  at.stub.next({ end: 'failed' }, { end: 'failed' })
  const { accept, row } = await at.started({ parts: { tracing } })
  const { id } = await accept()
  await eventually(async () => (await row(id)).provider).toBe('fal-ai')
  const [first] = await told()
  expect(first).toMatchObject({ name: 'draw at replicate', status: { code: 2 } })
  expect(first?.attributes).toMatchObject({
    ...{ 'i2i.job.outcome': 'failed', 'error.type': 'provider-failed' },
  })
})
