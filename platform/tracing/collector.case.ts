/** A collector for tests: a real receiver of OTLP over HTTP, which keeps what it was sent. */
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import { serve } from '../fetch/server.case.ts'

const value = z.union([
  z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
  z.object({ intValue: z.coerce.number() }).transform(({ intValue }) => intValue),
  z.object({ doubleValue: z.number() }).transform(({ doubleValue }) => doubleValue),
])
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .transform((all) => Object.fromEntries(all.map((each) => [each.key, each.value])))

const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: z.number(),
  /** Nanoseconds since 1970. */
  startTimeUnixNano: z.coerce.bigint(),
  endTimeUnixNano: z.coerce.bigint(),
  attributes,
  /** Code 2 is an error. */
  status: z.object({ code: z.number() }),
})

const sent = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
})

export type SentSpan = z.infer<typeof span> & { readonly service: unknown }

export interface Collector extends AsyncDisposable {
  readonly origin: string
  /** As they came, undone from nothing. */
  readonly bodies: readonly string[]
  readonly spans: () => readonly SentSpan[]
}

/** @param answer to all that comes; it is taken unless given. */
export async function startCollector(
  answer: (response: ServerResponse) => void = taken,
): Promise<Collector> {
  const bodies: string[] = []
  const server = await serve(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    if (request.url === '/v1/traces') bodies.push(body)
    answer(response)
  })
  return {
    origin: server.origin,
    bodies,
    spans: () =>
      bodies.flatMap((body) =>
        sent.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) => {
          const service = resource.attributes['service.name']
          return scopeSpans.flatMap(({ spans }) => spans.map((each) => ({ ...each, service })))
        }),
      ),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function taken(response: ServerResponse): void {
  response.setHeader('content-type', 'application/json')
  response.end('{}')
}
