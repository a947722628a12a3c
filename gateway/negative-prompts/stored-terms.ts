/** The operator's terms, read from the database at most once a minute, and used on where it is away. */
import type { ContentMode } from '#contract'
import type { Sql } from '../database/database.ts'
import { termsOf } from './terms.ts'

export interface Which {
  readonly modelType: string
  readonly contentMode: ContentMode
  /** As the table says it: with a reference or without. */
  readonly generationMode: 'i2i' | 'txt2img'
}

/** Those of the highest priority first. Throws `database-unavailable` where they were never read. */
export type StoredTerms = (which: Which) => Promise<readonly string[]>

export interface StoredTermsParts {
  readonly sql: Sql
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Told where older terms had to do. */
  readonly onError?: (error: unknown) => void
}

const FRESH_MS = 60_000
/** How long a database that did not answer is not asked again. */
const RETRY_MS = 5_000

interface Known {
  readonly terms: readonly string[]
  readonly goodUntil: number
}

export function createStoredTerms(parts: StoredTermsParts): StoredTerms {
  const { sql, now = Date.now, onError = () => {} } = parts
  const known = new Map<string, Known>()
  const reading = new Map<string, Promise<Known>>()

  const read = async (name: string, which: Which): Promise<Known> => {
    const { modelType, contentMode, generationMode } = which
    const before = known.get(name)
    const found = await sql
      .query<{ text: string }>(QUERY, [modelType, contentMode, generationMode])
      .then(
        (rows) => ({
          terms: rows.flatMap(({ text }) => termsOf(text)),
          goodUntil: now() + FRESH_MS,
        }),
        (error) => {
          if (!before) throw error
          onError(error)
          return { terms: before.terms, goodUntil: now() + RETRY_MS }
        },
      )
    known.set(name, found)
    return found
  }
  return async (which) => {
    const name = `${which.modelType} ${which.contentMode} ${which.generationMode}`
    const before = known.get(name)
    if (before && now() < before.goodUntil) return before.terms
    const pending = reading.get(name) ?? read(name, which).finally(() => reading.delete(name))
    reading.set(name, pending)
    return (await pending).terms
  }
}

const QUERY = `
  select negative_prompt as text from i2i.negative_prompts
  where model_type = $1 and content_mode = $2 and generation_mode = $3 and is_active
  order by priority desc, created_at, id`
