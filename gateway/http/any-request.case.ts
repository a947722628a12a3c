/** Requests of every kind to every operation that a document describes: mostly almost right, sometimes wholly wrong. */
import fc from 'fast-check'
import { anyTransfer, type Transfer } from './any-transfer.case.ts'
import { followed, listOf, recordOf } from './conforms.case.ts'

export interface AnyRequest {
  readonly method: string
  readonly path: string
  readonly init: RequestInit
}

/** @param ids of jobs that are there. */
export function anyRequest(
  document: Record<string, unknown>,
  ids: readonly string[],
): fc.Arbitrary<AnyRequest> {
  const operations = Object.entries(recordOf(document.paths)).flatMap(([template, methods]) =>
    Object.entries(recordOf(methods)).map(([method, operation]) =>
      requestOf(document, { method, template, ids, operation: recordOf(operation) }),
    ),
  )
  return fc.oneof(...operations)
}

interface Operation {
  readonly method: string
  readonly template: string
  readonly operation: Record<string, unknown>
  readonly ids: readonly string[]
}

function requestOf(
  document: Record<string, unknown>,
  { method, template, operation, ids }: Operation,
): fc.Arbitrary<AnyRequest> {
  const parameters = listOf(operation.parameters).map(recordOf)
  const inside = (place: string) => parameters.filter((parameter) => parameter.in === place)
  const named = (place: string, text: fc.Arbitrary<string>) =>
    fc.record(Object.fromEntries(inside(place).map(({ name }) => [String(name), text])), {
      requiredKeys: [],
    })
  const almost = ids.flatMap((id) => [id.toUpperCase(), `${id} `, `${id}/`, id.slice(1), `%${id}`])
  const segment = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...ids, 'x', '%00', ...almost) },
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  )
  const path = fc.tuple(...[...template.matchAll(/\{\w+\}/g)].map(() => segment)).map((texts) => {
    let i = 0
    return template.replace(/\{\w+\}/g, () => encodeURIComponent(wellFormed(texts[i++] ?? '')))
  })
  const value = fc.oneof(
    fc.constantFrom('', '0', '1', '100', 'true', ...ids),
    fc.string({ maxLength: 60 }),
  )
  const header = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
  })
  return fc
    .record({
      path,
      query: named('query', value),
      headers: named('header', fc.oneof(header, fc.constantFrom('wait=0', 'wait=1'))),
      body: bodyOf(document, operation),
      transfer: anyTransfer,
    })
    .map(({ path, query, headers, body, transfer }): AnyRequest => {
      const search = new URLSearchParams(trimmed(query)).toString()
      const init = { headers: { ...trimmed(headers), ...body.headers, ...transfer.headers } }
      const isBodiless = method === 'get' || body.content === null
      return {
        method: method.toUpperCase(),
        path: search === '' ? path : `${path}?${search}`,
        init: isBodiless ? init : { ...init, ...sentBy(transfer, body.content ?? '') },
      }
    })
}

/** In one piece, or in chunks without a length. */
function sentBy({ change, chunk }: Transfer, content: string): RequestInit {
  const bytes = change(Buffer.from(content))
  if (chunk === undefined) return { body: bytes }
  const pieces = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) =>
    bytes.subarray(i * chunk, (i + 1) * chunk),
  )
  return { body: ReadableStream.from(pieces), duplex: 'half' }
}

interface Body {
  readonly headers: Readonly<Record<string, string>>
  readonly content: string | null
}

function bodyOf(
  document: Record<string, unknown>,
  { requestBody }: Record<string, unknown>,
): fc.Arbitrary<Body> {
  const content = recordOf(recordOf(requestBody).content)
  const nothing = fc.constant<Body>({ headers: {}, content: null })
  const types = Object.keys(content)
  if (types.length === 0) return nothing
  const bodies = types.map((type) => {
    const { schema } = recordOf(content[type])
    const text =
      type === 'application/json'
        ? fc.oneof(
            {
              weight: 8,
              arbitrary: anyOf(document, schema).map((body) => JSON.stringify(body) ?? ''),
            },
            { weight: 1, arbitrary: fc.json() },
            { weight: 1, arbitrary: oddJson },
            { weight: 1, arbitrary: fc.string() },
          )
        : fc.string({ maxLength: 300 })
    return text.map((text): Body => ({ headers: { 'content-type': type }, content: text }))
  })
  return fc.oneof(
    { weight: 9, arbitrary: fc.oneof(...bodies) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        nothing,
        fc.string().map((content) => ({ headers: {}, content })),
      ),
    },
  )
}

/** What parsers stumble over: deep, twice, too large for a number, or a name that objects have anyway. */
const oddJson = fc.oneof(
  fc.integer({ min: 1, max: 20_000 }).map((n) => '['.repeat(n) + ']'.repeat(n)),
  fc
    .integer({ min: 1, max: 5_000 })
    .map((n) => `{"metadata":${'{"a":'.repeat(n)}1${'}'.repeat(n)}}`),
  fc.constantFrom(
    ...['{"prompt":"a","prompt":7}', '{"prompt":"a","seed":1e999}', '{"seed":9007199254740993}'],
    ...['{"__proto__":{"prompt":"a"}}', '{"constructor":1}', '{"prompt":"\\ud800"}', '\ufeff{}'],
    ...[
      '{"prompt":"a\\u0000"}',
      '{"metadata":{"__proto__":{"admin":true}},"prompt":"a"}',
      'null',
      '',
    ],
  ),
)

/** Of the schema for the most part; anything at all in one of a dozen places. */
function anyOf(document: Record<string, unknown>, given: unknown): fc.Arbitrary<unknown> {
  const schema = recordOf(given)
  if (typeof schema.$ref === 'string') return anyOf(document, followed(document, schema.$ref))
  return fc.oneof(
    { weight: 20, arbitrary: meant(document, schema) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  )
}

function meant(
  document: Record<string, unknown>,
  schema: Record<string, unknown>,
): fc.Arbitrary<unknown> {
  const values = listOf(schema.enum)
  if (values.length > 0) return fc.constantFrom(...values)
  const { type } = schema
  const bound = (name: string, otherwise: number) =>
    typeof schema[name] === 'number' ? schema[name] : otherwise
  const limits = { min: bound('minimum', -10), max: bound('maximum', 10_000) }
  if (type === 'boolean') return fc.boolean()
  if (type === 'integer') return fc.integer({ min: limits.min, max: Math.min(limits.max, 2 ** 31) })
  if (type === 'number') return fc.double({ ...limits, noNaN: true })
  if (type === 'array') return fc.array(anyOf(document, schema.items), { maxLength: 3 })
  if (type === 'string') {
    return fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constantFrom('16:9', 'https://example.com/a.png', 'user-library/local/a.png', '../../etc'),
    )
  }
  const properties = recordOf(schema.properties)
  if (Object.keys(properties).length === 0) return fc.dictionary(fc.string(), fc.jsonValue())
  const fields = Object.entries(properties).map(([name, inner]) => ({
    name,
    value: anyOf(document, inner),
  }))
  // Few at a time, so that now and then all of them are right.
  return fc
    .subarray(fields, { maxLength: Math.min(5, fields.length) })
    .chain((some) => fc.record(Object.fromEntries(some.map(({ name, value }) => [name, value]))))
}

/** Half a surrogate pair has no place in a URL. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '')

/** As a client would send them. */
function trimmed(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const there = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || value.trim() === '' ? [] : [[name, value.trim()]],
  )
  return Object.fromEntries(there)
}
