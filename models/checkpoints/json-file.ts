/** Reads a JSON file of a checkpoint and checks its fields, so that every complaint names the file. */
import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { Failure } from '#contract'

/** Throws Failure('checkpoint-invalid') where the file cannot be read or is not JSON. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(withoutInfinities(await readFile(path, 'utf8')))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Failure(
      'checkpoint-invalid',
      `${path} cannot be read as JSON (${why}): download it again.`,
      { cause },
    )
  }
}

/** Python writes numbers that JSON does not have (a scheduler's `lambda_min_clipped: -Infinity`). */
function withoutInfinities(text: string): string {
  return text.replace(/(?<=[:,[]\s*)(?:-?Infinity|NaN)(?=\s*[,}\]])/g, 'null')
}

/** Throws Failure('checkpoint-invalid') that lists every field that is not as `schema` wants it. */
export function parseFields<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(
    ({ path: field, message }) => `${field.join('.') || 'the whole'}: ${message}`,
  )
  throw new Failure(
    'checkpoint-invalid',
    `${path} is not a configuration that can be read (${problems.join('; ')}): download it again.`,
    { cause: parsed.error },
  )
}
