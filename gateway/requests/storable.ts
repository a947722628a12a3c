/** What no database keeps: refused before anything is made of it. */
import { Failure } from '#contract'

/** As in elements of the queue. */
const MOST_DEPTH = 32

/** Throws `request-invalid` for NUL, half a surrogate pair, or what is nested too deep, in a value parsed from JSON. */
export function requireStorable(request: unknown): void {
  const problem = problemIn(request, { path: '', depth: 0 })
  if (problem !== undefined) throw new Failure('request-invalid', `${problem}.`)
}

interface Place {
  readonly path: string
  readonly depth: number
}

function problemIn(value: unknown, { path, depth }: Place): string | undefined {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? `${path} ${BROKEN}` : undefined
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > MOST_DEPTH) return `${path.split('.')[0]} is nested more than ${MOST_DEPTH} deep`
  for (const [key, inner] of Object.entries(value)) {
    if (UNSTORABLE.test(key)) return `a name in ${path} ${BROKEN}`
    const place = { path: path === '' ? key : `${path}.${key}`, depth: depth + 1 }
    const problem = problemIn(inner, place)
    if (problem !== undefined) return problem
  }
  return undefined
}

const UNSTORABLE = /\0|\p{Surrogate}/u
const BROKEN = 'holds a character that is none: NUL, or half of a pair of surrogates'
