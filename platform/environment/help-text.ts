/** Variables as `--help` lists them: a line each, with what it means and what it is where nobody sets it. */
import type { z } from 'zod'

const WIDTH = 26

/** @param defaults that hold in place of the variables' own. */
export function helpText(
  variables: Readonly<Record<string, z.ZodType>>,
  defaults: NodeJS.ProcessEnv = {},
): string {
  return Object.entries(variables)
    .map(([name, schema]) => {
      const { description = '', def } = schema
      const own = 'defaultValue' in def ? shown(def.defaultValue) : ''
      const fallback = defaults[name] ?? own
      const about = [description, ...(fallback === '' ? [] : [`[${fallback}]`])].join(' ')
      return `  ${name.padEnd(WIDTH)} ${about}`.trimEnd()
    })
    .join('\n')
}

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value))
