/** Reads what a process is told by its environment, and says everything that is wrong with it at once. */
import type { z } from 'zod'
import { Failure } from '#contract'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * A variable that is empty, or blank, counts as unset. `contradictions` are parts of a sentence, each with its mend, of variables that are
 * right by themselves. Throws `configuration-invalid` naming every problem.
 */
export function readEnvironment<Schema extends z.ZodType>(
  schema: Schema,
  given: Environment,
  contradictions: (found: z.infer<Schema>) => readonly string[] = () => [],
): z.infer<Schema> {
  const set = Object.entries(given).filter(
    ([, value]) => value !== undefined && value.trim() !== '',
  )
  const result = schema.safeParse(Object.fromEntries(set))
  if (!result.success) {
    throw invalid(result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`))
  }
  const problems = contradictions(result.data)
  if (problems.length > 0) throw invalid(problems)
  return result.data
}

const invalid = (problems: readonly string[]): Failure =>
  new Failure('configuration-invalid', `In the environment: ${problems.join('; ')}.`)
