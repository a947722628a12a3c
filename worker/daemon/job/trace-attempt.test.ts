import { expect, it } from 'vitest'
import { type Claim, Failure } from '#contract'
import { createLog } from '#platform/log.ts'
import { startCollector } from '#platform/tracing/collector.case.ts'
import { openTracing } from '#platform/tracing/open-tracing.ts'
import { noSpan, type Tracing } from '#platform/tracing/span.ts'
import { txt2img } from '../workshop.case.ts'
import { beginAttempt, traceEnhancement, traceStages } from './trace-attempt.ts'

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

const claimOf = (more: Partial<Claim>): Claim => ({
  ...{ id: 't1', raw: txt2img('t1'), fence: 1, token: 't', attempts: 0, stalls: 0 },
  ...{ startedAt: Date.now(), firstSeenAt: Date.now(), ...more },
})

/** What a collector is sent of it. */
async function sentOf(work: (tracing: Tracing) => unknown) {
  await using collector = await startCollector()
  const config = { endpoint: collector.origin, serviceName: undefined }
  const tracing = await openTracing(config, { name: 'test', log: createLog({ level: 'silent' }) })
  if (!tracing) throw new Error('it does not trace')
  await work(tracing)
  await tracing[Symbol.asyncDispose]()
  return collector.spans()
}

it('tells the wait in the queue of a first attempt alone', async () => {
  const now = Date.now()
  const job = { v: 1, id: 't1', source: 'gateway', mode: 'txt2img', asked: { prompt: 'a cat' } }
  const rest = { loras: [], contentMode: 'sfw', enhance: false, metadata: {} }
  const i2i = { ...job, ...rest, traceparent: PARENT, pushedAt: now - 5_000 }
  const raw = JSON.stringify({ i2i })
  const spans = await sentOf((tracing) => {
    for (const attempts of [0, 1])
      beginAttempt(claimOf({ raw, attempts, startedAt: now }), tracing).end()
  })
  expect(spans.map(({ name, attributes }) => [name, attributes['i2i.attempt']])).toEqual([
    ['wait in queue', undefined],
    ['process', 1],
    ['process', 2],
  ])
  const [wait] = spans
  expect(wait).toMatchObject({ parentSpanId: '00f067aa0ba902b7' })
  const milliseconds = Number((wait?.endTimeUnixNano ?? 0n) - (wait?.startTimeUnixNano ?? 0n)) / 1e6
  expect(Math.round(milliseconds / 1_000)).toBe(5)
})

it('tells the stage that an engine died in, and how many evaluations came of it', async () => {
  const spans = await sentOf(async (tracing) => {
    const drawing = tracing.during('draw', async (span) => {
      const stages = traceStages(span)
      stages.at({ stage: 'prompt', image: 0, done: 0, of: 8 })
      for (const done of [0, 1, 2, 3]) stages.at({ stage: 'denoise', image: 0, done, of: 8 })
      stages.end()
      throw new Failure('engine-crashed', 'It crashed.')
    })
    await expect(drawing).rejects.toThrow('crashed')
  })
  expect(spans.map(({ name, attributes }) => [name, attributes])).toEqual([
    ['encode prompt', { 'i2i.image': 0 }],
    ['denoise', { 'i2i.image': 0, 'i2i.evaluations': 3 }],
    ['draw', { 'error.type': 'engine-crashed' }],
  ])
})

it('tells of an enhancement that was waited for, and of none that was not', async () => {
  const spans = await sentOf((tracing) => {
    const span = tracing.begin('process')
    traceEnhancement({ source: 'none', ms: 0, fallback: 'no-model' }, span)
    traceEnhancement({ source: 'none', ms: 2_000, fallback: 'timeout' }, span)
  })
  expect(spans.map(({ name, attributes }) => [name, attributes])).toEqual([
    ['enhance prompt', { 'i2i.enhancement.source': 'none', 'i2i.enhancement.fallback': 'timeout' }],
  ])
})

it('reads nothing where nobody traces', () => {
  expect(beginAttempt(claimOf({ raw: '{"broken' }), undefined)).toBe(noSpan)
})
