/** A number for a demand, out of the newest file that has it. */
import type { z } from 'zod'
import { newest, type ResultFile } from './result-files.ts'
import type { Measurement } from './verdict.ts'

/** Undefined where no file fits `schema`, or the newest that does has no such number. */
export function measured<Found>(
  files: readonly ResultFile[],
  schema: z.ZodType<Found>,
  of: (found: Found) => number | undefined,
): Measurement | undefined {
  const kept = newest(files, schema)
  const value = kept && of(kept.found)
  return kept && value !== undefined ? { value, file: kept.file } : undefined
}
