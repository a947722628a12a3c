/** What no honest producer sends, and what would hurt whoever copies or walks it. */

const MOST_DEPTH = 32
/** Assigned by name, they change what other objects inherit. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor'])

/** A problem of `value` as parsed from JSON, or undefined. An object is one level deep by itself. */
export function hostility(value: unknown, depth = 1): string | undefined {
  // JSON has no infinity: `1e999` would be null when it is written again.
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number is too large'
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > MOST_DEPTH) return `it is nested more than ${MOST_DEPTH} deep`
  const forbidden = Object.keys(value).find((key) => FORBIDDEN_KEYS.has(key))
  if (forbidden) return `it has a key ${forbidden}`
  for (const inner of Object.values(value)) {
    const problem = hostility(inner, depth + 1)
    if (problem) return problem
  }
  return undefined
}
