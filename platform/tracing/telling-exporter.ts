/** An exporter that fails in silence, but for the first time: a collector that is away is nobody's trouble but its own. */
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { Log } from '../log.ts'

export interface Told {
  /** Where spans are sent. */
  readonly url: string
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** `error` is not told: a collector's answer may quote what it was sent. */
export function tellingExporter(inner: SpanExporter, { url, log }: Told): SpanExporter {
  let isAway = false
  return {
    export(spans, done) {
      inner.export(spans, (result) => {
        const hasFailed = result.code !== SUCCESS
        if (hasFailed && !isAway) {
          const reason = `Traces are lost while the collector at OTEL_EXPORTER_OTLP_ENDPOINT does not take them${statusOf(result.error)}.`
          log.warn('traces not sent', { url, reason })
        }
        if (!hasFailed && isAway) log.info('traces sent again', { url })
        isAway = hasFailed
        done({ code: SUCCESS })
      })
    },
    shutdown: () => inner.shutdown(),
    ...(inner.forceFlush && { forceFlush: () => inner.forceFlush?.() ?? Promise.resolve() }),
  }
}

/** `ExportResultCode.SUCCESS` of a package that is not ours to import. */
const SUCCESS = 0

/** A refused key or a wrong path, which a person can mend; or why it cannot be reached. */
function statusOf(error: Error | undefined): string {
  const code = error !== undefined && 'code' in error ? error.code : undefined
  if (typeof code === 'number') return ` (it answers ${code})`
  return typeof code === 'string' && /^E[A-Z]{2,20}$/.test(code) ? ` (${code})` : ''
}
