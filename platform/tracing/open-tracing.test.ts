import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Failure } from '#contract'
import { createLog } from '../log.ts'
import { type Collector, startCollector } from './collector.case.ts'
import { openTracing } from './open-tracing.ts'
import type { Tracing } from './span.ts'

const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7'
const PATIENCE_MS = 30_000

let status = 200
let lines: Record<string, unknown>[] = []
let collector: Collector
beforeEach(async () => {
  ;[status, lines] = [200, []]
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '10')
  collector = await startCollector((response) => response.writeHead(status).end('{}'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await collector[Symbol.asyncDispose]()
})

async function open(endpoint = collector.origin): Promise<Tracing> {
  const log = createLog({ destination: { write: (line) => void lines.push(JSON.parse(line)) } })
  const config = { endpoint, serviceName: undefined }
  const tracing = await openTracing(config, { name: 'i2i-test', log })
  if (!tracing) throw new Error('it does not trace')
  return tracing
}

it('is nothing at all where no collector is named', async () => {
  expect(await openTracing(undefined, { name: 'i2i-test', log: createLog() })).toBeUndefined()
})

it('sends what is left when it is disposed of, under the name of its process', async () => {
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '600000')
  const tracing = await open(`${collector.origin}/`)
  tracing.begin('alone').end()
  await tracing[Symbol.asyncDispose]()
  expect(collector.spans()).toMatchObject([{ name: 'alone', service: 'i2i-test' }])
})

it('says of work that fails with which code, and never in whose words', async () => {
  const tracing = await open()
  const refusing = async () => {
    throw new Failure('reference-not-found', 'No cat.jpg of anna is here.')
  }
  const breaking = async () => JSON.parse('{"a heron')
  await expect(tracing.during('refused', refusing)).rejects.toThrow('anna')
  await expect(tracing.during('broken', breaking)).rejects.toThrow('JSON')
  await tracing[Symbol.asyncDispose]()
  const told = collector.spans().map(({ name, attributes, status }) => [name, attributes, status])
  expect(told).toEqual([
    ['refused', { 'error.type': 'reference-not-found' }, { code: 2 }],
    ['broken', { 'error.type': 'SyntaxError' }, { code: 2 }],
  ])
  for (const word of ['anna', 'cat', 'heron']) expect(collector.bodies.join()).not.toContain(word)
})

it('keeps no trace that its caller does not keep, and says so to who comes next', async () => {
  const tracing = await open()
  const span = tracing.begin('left out', { parent: `${CALLER}-00` })
  span.begin('a part').end()
  span.end()
  tracing.begin('kept', { parent: `${CALLER}-01` }).end()
  await tracing[Symbol.asyncDispose]()
  expect(span.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00$/)
  expect(collector.spans().map(({ name }) => name)).toEqual(['kept'])
})

it('begins a trace of its own where its caller writes what is none', async () => {
  const tracing = await open()
  tracing.begin('alone', { parent: 'ff-nonsense' }).end()
  await tracing[Symbol.asyncDispose]()
  const [alone] = collector.spans()
  expect(alone?.parentSpanId).toBeUndefined()
})

it('says once that a collector does not take them, with what it answers, and once that it does again', async () => {
  const tracing = await open()
  const sent = async (times: number) => {
    tracing.begin('a span').end()
    await expect.poll(() => collector.bodies.length, { timeout: PATIENCE_MS }).toBe(times)
  }
  const says = (...events: readonly string[]) =>
    expect.poll(() => lines.map(({ msg }) => msg), { timeout: PATIENCE_MS }).toEqual(events)
  status = 401
  await sent(1)
  await says('traces not sent')
  await sent(2)
  status = 200
  await sent(3)
  await says('traces not sent', 'traces sent again')
  await tracing[Symbol.asyncDispose]()
  expect(lines[0]).toMatchObject({ level: 'warn', url: collector.origin })
  expect(lines[0]?.reason).toContain(
    'OTEL_EXPORTER_OTLP_ENDPOINT does not take them (it answers 401)',
  )
})

it('does not wait long for a collector that never answers', { timeout: PATIENCE_MS }, async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '600000')
  await using silent = await startCollector(() => {})
  const tracing = await open(silent.origin)
  tracing.begin('a span').end()
  await expect.poll(() => silent.bodies.length, { timeout: PATIENCE_MS }).toBe(1)
  await tracing[Symbol.asyncDispose]()
  expect(lines).toEqual([])
})
