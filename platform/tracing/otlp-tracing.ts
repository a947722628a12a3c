/** Traces by OpenTelemetry, sent to a collector over HTTP; a collector that is away costs a line in the log. */
import { createRequire } from 'node:module'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Context,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { z } from 'zod'
import { Failure } from '#contract'
import { isPlainName } from '../scrub.ts'
import type { TracedProcess } from './open-tracing.ts'
import type { Span, SpanStart, Tracing } from './span.ts'
import { tellingExporter } from './telling-exporter.ts'
import { readTraceparent, writeTraceparent } from './traceparent.ts'
import type { TracingConfig } from './tracing-variables.ts'

/** What ends has been waited for already, and a collector that is slow has no claim on more. */
const LAST_SPANS_MS = 1_000

export function otlpTracing(
  { endpoint, serviceName }: TracingConfig,
  { name, log }: TracedProcess,
): Tracing {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const exporter = tellingExporter(new OTLPTraceExporter({ url }), { url, log })
  // 2,048 spans wait at most, which is a hundred jobs; what comes then is lost.
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      ...{ 'service.name': serviceName ?? name, 'service.version': version },
      ...{ 'host.name': hostname(), 'process.pid': process.pid },
    }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('i2i', version)
  const begin: Tracing['begin'] = (name, { parent, ...start } = {}) => {
    const context = readTraceparent(parent)
    const within = context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT
    // One clock for a span and its parts, so that they nest whatever is done to the machine's.
    const offset = Date.now() - performance.now()
    return beginSpan(name, start, { tracer, within, now: () => offset + performance.now() })
  }
  return {
    begin,
    during: (name, work, start) => lasting(begin(name, start), work),
    async [Symbol.asyncDispose]() {
      const ended = new AbortController()
      const late = delay(LAST_SPANS_MS, undefined, { signal: ended.signal }).catch(() => {})
      await Promise.race([provider.shutdown().catch(() => {}), late])
      ended.abort()
    },
  }
}

const { version } = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)('../../package.json'))

interface Place {
  readonly tracer: Tracer
  readonly within: Context
  /** Milliseconds since 1970. */
  readonly now: () => number
}

function beginSpan(name: string, start: SpanStart, { tracer, within, now }: Place): Span {
  const { kind = 'internal', attributes = {}, agoMs = 0 } = start
  const startedAt = now() - agoMs
  const options = { kind: kinds[kind], attributes: { ...attributes }, startTime: startedAt }
  const span = tracer.startSpan(name, options, within)
  const place = { tracer, now, within: trace.setSpan(within, span) }
  const begin: Span['begin'] = (part, more = {}) => beginSpan(part, more, place)
  return {
    traceparent: writeTraceparent(span.spanContext()),
    traceId: span.spanContext().traceId,
    set: (more) => void span.setAttributes({ ...more }),
    fail: (code) => failed(span, code),
    end: (at = now()) => span.end(Math.max(at, startedAt)),
    begin,
    during: (part, work, more) => lasting(begin(part, more), work),
  }
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const

async function lasting<Result>(span: Span, work: (span: Span) => Promise<Result>): Promise<Result> {
  try {
    return await work(span)
  } catch (error) {
    span.fail(codeOf(error))
    throw error
  } finally {
    span.end()
  }
}

function failed(span: SdkSpan, code: string): void {
  span.setAttribute('error.type', code)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** Never a message: it may quote what the error was about. */
function codeOf(error: unknown): string {
  if (error instanceof Failure) return error.code
  return error instanceof Error && isPlainName(error.name) ? error.name : 'Error'
}
