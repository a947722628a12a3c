/** Looks settings up in a payload, where eras of producers put the same one in three places under several names. */

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>

export type Part = 'top' | 'config' | 'metadata'

export interface Found {
  readonly value: unknown
  /** As a person finds it: `config.num_inference_steps`. */
  readonly place: string
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first that is there: by part, then by name. */
export function find(
  payload: Fields,
  parts: readonly Part[],
  names: readonly string[],
): Found | undefined {
  return findAll(payload, parts, names)[0]
}

/**
 * All that are there, in that order. A name is given in snake case and found in camel case too. null and the
 * empty text are not there: producers send them for what was not asked.
 */
export function findAll(
  payload: Fields,
  parts: readonly Part[],
  names: readonly string[],
): readonly Found[] {
  const spelled = names.flatMap((name) => [...new Set([name, camelCase(name)])])
  return parts.flatMap((part) => {
    const fields = part === 'top' ? payload : own(payload, part)
    if (!isFields(fields)) return []
    return spelled.flatMap((name) => {
      const value = own(fields, name)
      if (value === undefined || value === null || value === '') return []
      return [{ value, place: part === 'top' ? name : `${part}.${name}` }]
    })
  })
}

/** A name that every object inherits, such as `constructor`, is nobody's setting. */
export function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
