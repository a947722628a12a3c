/**
 * A part of the way of one job, with its beginning and its end: what gateways and workers tell of it, and all that they
 * can tell. A prompt, an address, a key or a name has no way in.
 */

/** Named as OpenTelemetry's conventions have it where they name something; what is ours begins with `i2i`. */
export interface SpanAttributes {
  readonly 'http.request.method'?: string
  /** The pattern that a request matched, never its own path. */
  readonly 'http.route'?: string
  readonly 'http.response.status_code'?: number
  readonly 'messaging.system'?: 'i2i'
  readonly 'messaging.operation.type'?: 'send' | 'process' | 'settle'
  readonly 'messaging.message.id'?: string
  readonly 'gen_ai.operation.name'?: 'generate_content'
  readonly 'gen_ai.output.type'?: 'image'
  readonly 'gen_ai.provider.name'?: string
  readonly 'gen_ai.request.model'?: string
  readonly 'i2i.job.id'?: string
  readonly 'i2i.job.mode'?: string
  readonly 'i2i.job.images'?: number
  /** How it ended. */
  readonly 'i2i.job.outcome'?: string
  /** Of the job at this worker or provider, from 1. */
  readonly 'i2i.attempt'?: number
  readonly 'i2i.provider'?: string
  /** Pixels. */
  readonly 'i2i.width'?: number
  readonly 'i2i.height'?: number
  /** Of the UNet; a guided one counts once. */
  readonly 'i2i.evaluations'?: number
  /** Of the pictures of a job, from 0. */
  readonly 'i2i.image'?: number
  readonly 'i2i.enhancement.source'?: string
  readonly 'i2i.enhancement.fallback'?: string
}

/** `server` and `client` of a request, `producer` and `consumer` of a message. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

export interface SpanStart {
  readonly kind?: SpanKind
  readonly attributes?: SpanAttributes
  /** For how long it has been going on, in ms; 0 unless given. */
  readonly agoMs?: number
}

export interface Span {
  /** As W3C's Trace Context writes it, for whoever does the next part elsewhere; undefined where nobody traces. */
  readonly traceparent: string | undefined
  /** 32 hexadecimal digits. */
  readonly traceId: string | undefined
  readonly set: (attributes: SpanAttributes) => void
  /** @param code of what went wrong. */
  readonly fail: (code: string) => void
  /** What comes after it changes nothing. @param at in milliseconds since 1970; now unless given. */
  readonly end: (at?: number) => void
  /** A part of it. */
  readonly begin: (name: string, start?: SpanStart) => Span
  /** A part that lasts as long as the work. What that throws is told by its code, and thrown. */
  readonly during: During<SpanStart>
}

type During<Start> = <Result>(
  name: string,
  work: (part: Span) => Promise<Result>,
  start?: Start,
) => Promise<Result>

export interface FirstStart extends SpanStart {
  /**
   * As whoever did the part before has written it. What is no `traceparent` is passed over, and a trace of its own begins,
   * as where there is none.
   */
  readonly parent?: string | undefined
}

/** The parts of jobs that are done in one process. */
export interface Tracing extends AsyncDisposable {
  readonly begin: (name: string, start?: FirstStart) => Span
  readonly during: During<FirstStart>
}

/** Of who does not trace: nothing is kept, and work is done as if it stood alone. */
export const noSpan: Span = {
  ...{ traceparent: undefined, traceId: undefined },
  set() {},
  fail() {},
  end() {},
  begin: () => noSpan,
  during: (_name, work) => work(noSpan),
}

export const noTracing: Tracing = {
  ...{ begin: noSpan.begin, during: noSpan.during },
  async [Symbol.asyncDispose]() {},
}
