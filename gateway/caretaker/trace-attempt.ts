/** An attempt at a provider as a part of its job's trace, told once it is over: by then several gateways may have had it. */
import type { FailureCode } from '#contract'
import { partOf } from '../jobs/trace-job.ts'
import { ageOf, type Care } from './care.ts'

/** @param code of what it failed with. */
export function traceAttempt(care: Care, outcome: string, code?: FailureCode): void {
  const { attempt, row, provider, parts } = care
  const place = partOf(row.job, 'client', {
    ...({ 'gen_ai.operation.name': 'generate_content', 'gen_ai.output.type': 'image' } as const),
    ...{ 'gen_ai.provider.name': provider.name, 'i2i.provider': provider.name },
    ...{ 'i2i.attempt': attempt.n, 'i2i.job.mode': row.mode, 'i2i.job.outcome': outcome },
  })
  const agoMs = Math.max(0, ageOf(care))
  const span = parts.tracing?.begin(`draw at ${provider.name}`, { ...place, agoMs })
  if (code !== undefined) span?.fail(code)
  span?.end()
}
