import { expect, it } from 'vitest'
import { z } from 'zod'
import { readEnvironment } from '../environment/read-environment.ts'
import { tracingOf, tracingVariables } from './tracing-variables.ts'

const read = (given: Readonly<Record<string, string>>) =>
  tracingOf(readEnvironment(z.object(tracingVariables), given))

it('traces where an endpoint is named, and nowhere else', () => {
  expect(read({ OTEL_SERVICE_NAME: 'mine' })).toBeUndefined()
  const endpoint = 'http://collector:4318'
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: 'mine' })).toEqual({
    ...{ endpoint, serviceName: 'mine' },
  })
})

it('names everything that will not do', () => {
  const wrong = {
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_TRACES_SAMPLER: 'some' },
    OTEL_TRACES_SAMPLER_ARG: '1.5',
  }
  expect(() => read(wrong)).toThrow(
    /OTEL_EXPORTER_OTLP_ENDPOINT must be an http.*OTEL_TRACES_SAMPLER must be one of always_on.*OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1/,
  )
})
