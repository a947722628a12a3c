/** What a job's record keeps of its end: enough for a callback and for a gateway, with no signed URL in it. */
import { z } from 'zod'
import { Failure } from '../failure.ts'
import { type FailureCode, failureTable } from '../failure-table.ts'
import { modes } from '../modes.ts'
import { ranEnhancement } from './ran-enhancement.ts'

const asset = z.object({
  /** Relative to the bucket: `USER/JOB/0.png`. */
  path: z.string(),
  thumbnailPath: z.string(),
  width: z.number(),
  height: z.number(),
  seed: z.number(),
  bytes: z.number(),
  format: z.literal('png'),
  sha256: z.string(),
  /** Where the attempt put both, bucket first, until they are published; absent where uploads were signed for the end. */
  staged: z.object({ path: z.string(), thumbnailPath: z.string() }).optional(),
})

const result = z.object({
  mode: z.enum(modes).optional(),
  /** As it was drawn from. */
  prompt: z.string().optional(),
  /** As it was asked; absent where that is `prompt`. */
  originalPrompt: z.string().optional(),
  enhancement: ranEnhancement.optional(),
  /** What drew it, as its pictures name it. */
  model: z.string().optional(),
  /** SHA-256 of the bytes of every reference that it was drawn from; absent where that is not known. */
  references: z.array(z.string()).optional(),
  assets: z.array(asset).default([]),
  /** What really ran, in the words of `EffectiveParameters`. */
  effective: z.record(z.string(), z.unknown()).optional(),
  /** Milliseconds by stage. */
  timings: z.record(z.string(), z.number()).optional(),
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
})

export type Asset = z.infer<typeof asset>
export type JobResult = z.infer<typeof result>

export const writeResult = (given: JobResult): string => JSON.stringify(given)

/** What is none, as of a job that died with its worker, is an empty one. */
export function readResult(text: string): JobResult {
  try {
    return result.parse(JSON.parse(text))
  } catch {
    return { assets: [] }
  }
}

/** Only a Failure's own sentence is for others to read. */
export function failureResult(error: unknown): {
  readonly code: FailureCode
  readonly text: string
} {
  const code = error instanceof Failure ? error.code : 'internal'
  const message = error instanceof Failure ? error.message : failureTable.internal.meaning
  return { code, text: writeResult({ assets: [], failure: { code, message } }) }
}

/** Why a job failed. One that died with its worker left no sentence: its kind's stands in. */
export function readFailure(
  { failure }: JobResult,
  code: string,
): { readonly code: string; readonly message: string } {
  if (failure) return failure
  const kinds: Readonly<Record<string, { readonly meaning: string }>> = failureTable
  return { code, message: (kinds[code] ?? failureTable.internal).meaning }
}
