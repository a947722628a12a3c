/** `/docs`: the OpenAPI document as a page that needs no script, no font and no network. */
import { createHash } from 'node:crypto'

/** As much of OpenAPI 3.1 as the page shows. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> }
}

export interface DocsPage {
  readonly html: string
  readonly contentSecurityPolicy: string
}

export function docsPage({ info, paths = {}, components = {} }: ApiDocument): DocsPage {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(method, path, operation)),
  )
  const schemas = Object.entries(components.schemas ?? {}).map(
    ([name, schema]) =>
      `<details id="${escaped(name)}"><summary>${escaped(name)}</summary>${shape(schema)}</details>`,
  )
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)}</title><style>${STYLE}</style></head><body><main>
<h1>${escaped(info.title)} <small>${escaped(info.version)}</small></h1>
<p>${escaped(info.description ?? '')} <a href="/openapi.json">openapi.json</a></p>
${operations.join('\n')}<h2>Schemas</h2>${schemas.join('\n')}</main></body></html>`
  const hash = createHash('sha256').update(STYLE).digest('base64')
  return {
    html,
    contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'`,
  }
}

function section(method: string, path: string, operation: unknown): string {
  const { summary, description, parameters, requestBody, responses } = fieldsOf(operation)
  const asked = listOf(parameters).map((parameter) => {
    const { name, in: place, required, schema, description: about } = fieldsOf(parameter)
    const mark = required === true ? '' : '?'
    const words = text(about) || text(fieldsOf(schema).description)
    return row(`${text(name)}${mark}`, `${text(place)}, ${typeOf(schema)}`, words)
  })
  const body = Object.entries(fieldsOf(fieldsOf(requestBody).content)).map(([type, media]) =>
    row('body', `${escaped(type)}, ${typeOf(fieldsOf(media).schema)}`, ''),
  )
  const answered = Object.entries(fieldsOf(responses)).map(([status, response]) => {
    const { description: about, content } = fieldsOf(response)
    const kinds = Object.values(fieldsOf(content)).map((media) => typeOf(fieldsOf(media).schema))
    return row(status, [...new Set(kinds)].join(' or '), text(about))
  })
  return `<details><summary><b class="${escaped(method)}">${escaped(method.toUpperCase())}</b>
<code>${escaped(path)}</code> ${escaped(text(summary))}</summary><p>${escaped(text(description))}</p>
<table>${asked.join('')}${body.join('')}</table><h4>Answers</h4><table>${answered.join('')}</table></details>`
}

function shape(schema: unknown): string {
  const { properties, required } = fieldsOf(schema)
  const needed = new Set(listOf(required))
  const rows = Object.entries(fieldsOf(properties)).map(([name, property]) =>
    row(
      `${name}${needed.has(name) ? '' : '?'}`,
      typeOf(property),
      text(fieldsOf(property).description),
    ),
  )
  return rows.length > 0 ? `<table>${rows.join('')}</table>` : `<p>${typeOf(schema)}</p>`
}

/** `middle` is HTML already. */
const row = (name: string, middle: string, words: string): string =>
  `<tr><td><code>${escaped(name)}</code></td><td>${middle}</td><td>${escaped(words)}</td></tr>`

function typeOf(schema: unknown): string {
  const { $ref, type, enum: values, items, anyOf, allOf, const: only } = fieldsOf(schema)
  if (typeof $ref === 'string') {
    const name = escaped($ref.slice($ref.lastIndexOf('/') + 1))
    return `<a href="#${name}">${name}</a>`
  }
  if (Array.isArray(values)) return values.map((value) => escaped(JSON.stringify(value))).join(' ')
  if (only !== undefined) return escaped(JSON.stringify(only))
  const several = listOf(anyOf ?? allOf)
  if (several.length > 0) return several.map(typeOf).join(' or ')
  if (type === 'array') return `list of ${typeOf(items)}`
  return escaped(Array.isArray(type) ? type.join(' or ') : text(type) || 'any')
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

const escaped = (words: string): string => words.replace(/[&<>"]/g, (sign) => entities[sign] ?? '')

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:2rem auto;padding:0 1rem}small{font-weight:400;opacity:.7}
details{border:1px solid #8886;border-radius:6px;margin:.4rem 0;padding:.3rem .7rem}
summary{cursor:pointer;overflow-wrap:anywhere}b{display:inline-block;min-width:4.5rem}
table{border-collapse:collapse;width:100%}td{padding:.2rem .6rem .2rem 0;vertical-align:top;border-top:1px solid #8883}
td:first-child{width:12rem;overflow-wrap:anywhere}td:nth-child(2){width:20rem;overflow-wrap:anywhere}h4{margin:.6rem 0 0}`
