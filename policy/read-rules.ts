/** Reads the rules that are shipped, and those that an operator puts beside them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { Failure, messageOf } from '#contract'
import { addedRules, type Rules, shippedRules } from './rules.ts'

export const readShippedRules = (): readonly Rules[] =>
  readFolder(join(import.meta.dirname, 'rules'), shippedRules)

/**
 * The shipped ones, and the JSON files of `folder` after them: they add, and can take nothing away. Throws
 * `configuration-invalid` naming the file and all that is wrong with it.
 */
export const readRules = (folder?: string): readonly Rules[] => [
  ...readShippedRules(),
  ...(folder === undefined ? [] : readFolder(folder, addedRules)),
]

/** Of all that is applied, as one text for records. */
export const versionOf = (rules: readonly Rules[]): string =>
  rules.map(({ version }) => version).join(' ')

function readFolder(folder: string, schema: z.ZodType<Rules>): readonly Rules[] {
  const names = attempt(folder, () => readdirSync(folder))
  const files = names.filter((name) => name.endsWith('.json')).toSorted()
  if (files.length === 0) throw invalid(folder, 'holds no .json file')
  return files.map((name) => {
    const file = join(folder, name)
    const given: unknown = attempt(file, () => JSON.parse(readFileSync(file, 'utf8')))
    const result = schema.safeParse(given)
    if (result.success) return result.data
    const problems = result.error.issues.map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `has no such class: ${issue.keys.join(', ')}`
        : `${issue.path.join('.')} ${issue.message}`,
    )
    throw invalid(file, problems.join('; '))
  })
}

function attempt<T>(place: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw invalid(place, `cannot be read: ${messageOf(cause)}`)
  }
}

const invalid = (place: string, problem: string): Failure =>
  new Failure(
    'configuration-invalid',
    `The rules in ${place} will not do (POLICY_TERMS): ${problem}. Mend the file or take it away.`,
  )
