/**
 * Holds answers against the published OpenAPI document, and against nothing else: status, content type, and a body with
 * every field that must be there and none that is not listed.
 */
import { expect } from 'vitest'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Of JSON; undefined for all else. */
  readonly body: unknown
}

export interface Client {
  readonly document: Record<string, unknown>
  /** Fails the test where the answer is not as the document says. */
  readonly ask: (method: string, path: string, init?: RequestInit) => Promise<Answer>
  /** What is wrong with an answer; nothing where all is right. */
  readonly faultsOf: (method: string, path: string, answer: Answer) => readonly string[]
}

/** A client of a server that serves `/openapi.json`. */
export async function checkedClient(url: string): Promise<Client> {
  const served: unknown = await (await fetch(`${url}/openapi.json`)).json()
  const document = recordOf(served)
  const faultsOf = (method: string, path: string, answer: Answer) =>
    faultsIn(document, { method: method.toLowerCase(), path }, answer)
  return {
    document,
    faultsOf,
    async ask(method, path, init = {}) {
      const answer = await read(await fetch(url + path, { ...init, method }))
      expect(faultsOf(method, path, answer), `${method} ${path}: ${answer.text}`).toEqual([])
      return answer
    },
  }
}

export async function read(response: Response): Promise<Answer> {
  const { status, headers } = response
  const text = await response.text()
  const isJson = /[/+]json/.test(headers.get('content-type') ?? '')
  const body: unknown = isJson && text !== '' ? JSON.parse(text) : undefined
  return { status, headers, text, body }
}

function faultsIn(
  document: Record<string, unknown>,
  { method, path }: { readonly method: string; readonly path: string },
  { status, headers, body }: Answer,
): readonly string[] {
  const operation = operationOf(document, method, path.split('?')[0] ?? '')
  // An address or a method that is not described has the answers of every address.
  const fallback = [404, 405, 413, 422].includes(status) ? 'Problem' : undefined
  const responses = recordOf(operation?.responses)
  const described = responses[String(status)]
  if (described === undefined) {
    if (fallback === undefined || operation) return [`status ${status} is not described`]
    if (method === 'head') return []
    return faults(document, { $ref: `#/components/schemas/${fallback}` }, { value: body, at: '' })
  }
  const content = recordOf(recordOf(described).content)
  const types = Object.keys(content)
  const type = (headers.get('content-type') ?? '').split(';')[0] ?? ''
  if (types.length === 0) return []
  const media = content[type]
  if (media === undefined) return [`content type ${type} is not described for ${status}`]
  if (body === undefined) return []
  return faults(document, recordOf(media).schema, { value: body, at: '' })
}

export function operationOf(
  document: Record<string, unknown>,
  method: string,
  path: string,
): Record<string, unknown> | undefined {
  const all = Object.entries(recordOf(document.paths)).toSorted(([a], [b]) => marks(a) - marks(b))
  for (const [template, methods] of all) {
    const pattern = template
      .replace(/[.+]/g, '\\$&')
      .replace(/\{path\}/g, '.+')
      .replace(/\{\w+\}/g, '[^/]+')
    if (!new RegExp(`^${pattern}$`).test(path)) continue
    const operation = recordOf(methods)[method === 'head' ? 'get' : method]
    if (operation !== undefined) return recordOf(operation)
    if (template === path) return undefined
  }
  return undefined
}

/** `/v1/jobs/preview` before `/v1/jobs/{id}`. */
const marks = (template: string): number => template.split('{').length

interface Found {
  readonly value: unknown
  readonly at: string
}

/** As much of JSON Schema as our documents use. */
function faults(
  document: Record<string, unknown>,
  given: unknown,
  { value, at }: Found,
): readonly string[] {
  const schema = recordOf(given)
  if (typeof schema.$ref === 'string')
    return faults(document, followed(document, schema.$ref), { value, at })
  const each = (inner: unknown) => faults(document, inner, { value, at })
  const anyOf = listOf(schema.anyOf ?? schema.oneOf)
  if (anyOf.length > 0) {
    return anyOf.some((inner) => each(inner).length === 0) ? [] : [`${at} is none of several`]
  }
  const allOf = listOf(schema.allOf)
  if (allOf.length > 0) return allOf.flatMap(each)
  if ('const' in schema && value !== schema.const) return [`${at} is not ${schema.const}`]
  const values = listOf(schema.enum)
  if (values.length > 0 && !values.includes(value)) return [`${at} is none of ${values}`]
  const types = typeof schema.type === 'string' ? [schema.type] : listOf(schema.type)
  if (types.length > 0 && !types.some((type) => isOfType(value, type)))
    return [`${at} is no ${types}`]
  if (Array.isArray(value)) {
    return value.flatMap((item, i) =>
      faults(document, schema.items, { value: item, at: `${at}.${i}` }),
    )
  }
  if (typeof value !== 'object' || value === null || schema.type === undefined) return []
  const properties = recordOf(schema.properties)
  const missing = listOf(schema.required).filter((name) => !(String(name) in value))
  const isOpen = schema.additionalProperties !== undefined && schema.additionalProperties !== false
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const place = { value: inner, at: `${at}.${name}` }
      if (name in properties) return faults(document, properties[name], place)
      return isOpen
        ? faults(document, schema.additionalProperties, place)
        : [`${at}.${name} is not described`]
    }),
  ]
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === type
}

export function followed(document: Record<string, unknown>, ref: string): unknown {
  let found: unknown = document
  for (const name of ref.split('/').slice(1)) found = recordOf(found)[name]
  if (found === undefined) throw new Error(`${ref} points nowhere`)
  return found
}

export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
