import { expect, it } from 'vitest'
import { createLog } from '#platform/log.ts'
import { startCollector } from '#platform/tracing/collector.case.ts'
import { openTracing } from '#platform/tracing/open-tracing.ts'
import { createRouter } from './router.ts'
import { traceRequests } from './trace-requests.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'

it('a request is told of once it asks for a job, by its pattern, and goes on with its caller’s trace', async () => {
  await using collector = await startCollector()
  const config = { endpoint: collector.origin, serviceName: undefined }
  const tracing = await openTracing(config, { name: 'test', log: createLog({ level: 'silent' }) })
  if (!tracing) throw new Error('it does not trace')
  const app = createRouter()
  app.use(traceRequests(tracing))
  app.get('/v1/jobs/:id', (context) => context.text('as it is'))
  app.post('/v1/asks/:who', (context) => {
    const [first, again] = [context.get('trace')?.(), context.get('trace')?.()]
    expect(first).toBe(again)
    return context.text('', context.req.param('who') === 'anna' ? 202 : 503)
  })
  const headers = { traceparent: `00-${TRACE}-${CALLER}-01` }
  await app.request('/v1/jobs/secret-id', { headers })
  await app.request('/v1/asks/anna?token=secret', { method: 'POST', headers })
  await app.request('/v1/asks/bert', { method: 'POST' })
  await tracing[Symbol.asyncDispose]()

  const [anna, bert, ...others] = collector.spans()
  expect(others).toEqual([])
  expect(anna).toMatchObject({
    ...{ name: 'POST /v1/asks/:who', kind: 2, traceId: TRACE, parentSpanId: CALLER },
    ...{ status: { code: 0 }, attributes: { 'http.response.status_code': 202 } },
  })
  expect(bert).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': '503' } })
  expect(bert?.traceId).not.toBe(TRACE)
  for (const said of ['secret', 'anna', 'bert']) expect(collector.bodies.join()).not.toContain(said)
})
