/** Where traces of jobs go, by OpenTelemetry's own variables, which gateway and worker both read. */
import { z } from 'zod'
import { choice, httpUrl, text } from '../environment/words.ts'

const samplers = [
  ...(['always_on', 'always_off', 'traceidratio'] as const),
  ...(['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const),
] as const

const SHARE = 'must be a number from 0 to 1'

export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl
    .optional()
    .describe('Traces of jobs go there, as JSON over HTTP: http://127.0.0.1:4318. Unset: none.'),
  OTEL_EXPORTER_OTLP_HEADERS: text
    .optional()
    .describe('Sent along, as authorization=Bearer%20KEY; comma-separated.'),
  OTEL_SERVICE_NAME: text
    .optional()
    .describe('What the process is called there; i2i-gateway or i2i-worker unless set.'),
  OTEL_TRACES_SAMPLER: choice(samplers)
    .default('parentbased_always_on')
    .describe('Which jobs are traced; parentbased_…: as the caller’s traceparent says, if any.'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number(SHARE)
    .min(0, SHARE)
    .max(1, SHARE)
    .optional()
    .describe('The share of jobs that traceidratio takes, from 0 to 1.'),
}

type Found = z.infer<z.ZodObject<typeof tracingVariables>>

/** The other variables are read by OpenTelemetry itself. */
export interface TracingConfig {
  readonly endpoint: string
  readonly serviceName: string | undefined
}

/** Undefined where nobody traces. */
export function tracingOf(found: Found): TracingConfig | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: serviceName } = found
  return endpoint === undefined ? undefined : { endpoint, serviceName }
}
