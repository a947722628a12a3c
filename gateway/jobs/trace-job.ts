/** The place in a job's trace of what gateways do with it once it was accepted: each part by itself, by any of them. */
import type { Job } from '#contract'
import type { FirstStart, SpanAttributes, SpanKind } from '#platform/tracing/span.ts'
import type { Sql } from '../database/database.ts'

/** @param job of which at least the id is known, and where its trace goes on. */
export const partOf = (
  { id, traceparent }: Pick<Job, 'id' | 'traceparent'>,
  kind: SpanKind,
  attributes: SpanAttributes = {},
): FirstStart => ({ parent: traceparent, kind, attributes: { 'i2i.job.id': id, ...attributes } })

/** The same of a message in the queue. */
export const messagePartOf = (
  job: Pick<Job, 'id' | 'traceparent'>,
  kind: 'producer' | 'consumer',
): FirstStart =>
  partOf(job, kind, {
    ...({ 'messaging.system': 'i2i', 'messaging.message.id': job.id } as const),
    'messaging.operation.type': kind === 'producer' ? 'send' : 'settle',
  })

/** Of a job whose row nobody has at hand. */
export async function traceparentOf(sql: Sql, jobId: string): Promise<string | undefined> {
  const [row] = await sql.query<{ traceparent: string | null }>(
    `select job ->> 'traceparent' as traceparent from i2i.jobs where id = $1`,
    [jobId],
  )
  return row?.traceparent ?? undefined
}
