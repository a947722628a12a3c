/** What `npm run gateway -- --help` prints. */
import { variables } from './variables.ts'

const HEAD = `i2i gateway: takes requests for pictures over HTTP, and sees that one provider makes each.

  npm run gateway             with workers on REDIS_URL, and Replicate or fal.ai where they are configured
  npm run gateway -- --help   this

It is configured by the environment:
`

const WIDTH = 26

export function help(): string {
  const lines = Object.entries(variables).map(([name, schema]) => {
    const { description = '', def } = schema
    const fallback = 'defaultValue' in def ? shown(def.defaultValue) : ''
    const about = [description, ...(fallback === '' ? [] : [`[${fallback}]`])].join(' ')
    return `  ${name.padEnd(WIDTH)} ${about}`.trimEnd()
  })
  return `${HEAD}\n${lines.join('\n')}\n`
}

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value))
