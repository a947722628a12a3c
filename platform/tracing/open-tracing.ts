/** The tracing of a process, where its environment asks for one: else nothing of it is even loaded. */
import type { Log } from '../log.ts'
import type { Tracing } from './span.ts'
import type { TracingConfig } from './tracing-variables.ts'

export interface TracedProcess {
  /** Unless the environment names another. */
  readonly name: string
  /** Told once where the collector is away, and once when it is back. */
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** Undefined where nobody traces. Disposed of, it sends what is left, for a second at most. */
export async function openTracing(
  config: TracingConfig | undefined,
  traced: TracedProcess,
): Promise<Tracing | undefined> {
  if (config === undefined) return undefined
  const { otlpTracing } = await import('./otlp-tracing.ts')
  return otlpTracing(config, traced)
}
