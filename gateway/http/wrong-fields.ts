/** The fields of a request that are wrong, kept with the Failure that refuses it. */
import type { z } from '@hono/zod-openapi'
import { Failure } from '#contract'

export interface WrongField {
  /** With dots into lists and objects: `loras.0.id`. */
  readonly field: string
  readonly message: string
}

/** `request-invalid` that names them all. */
export const refusalOf = (issues: readonly z.core.$ZodIssue[]): Failure =>
  refusalOfFields(issues.flatMap(fieldsOf))

/** `request-invalid` that names them all. */
export function refusalOfFields(fields: readonly WrongField[]): Failure {
  const all = fields.map(({ field, message }) => (field === '' ? message : `${field} ${message}`))
  return new Failure('request-invalid', `${all.join('; ')}.`, { cause: { fields } })
}

/** None where the Failure is about no fields. */
export function wrongFieldsOf({ cause }: Failure): readonly WrongField[] {
  if (typeof cause !== 'object' || cause === null || !('fields' in cause)) return []
  return Array.isArray(cause.fields) ? cause.fields.filter(isField) : []
}

function isField(value: unknown): value is WrongField {
  if (typeof value !== 'object' || value === null) return false
  const hasBoth = 'field' in value && 'message' in value
  return hasBoth && typeof value.field === 'string' && typeof value.message === 'string'
}

function fieldsOf(issue: z.core.$ZodIssue): WrongField[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...path, plain(key)].join('.'),
      message: 'is no field of this request',
    }))
  }
  if (path.length > 0) return [{ field: path.map(plain).join('.'), message: issue.message }]
  return [{ field: '', message: `The body ${issue.message}` }]
}

const LONGEST_NAME = 100

/** A stranger's name for a field, in a sentence of ours. */
const plain = (key: string): string => key.slice(0, LONGEST_NAME)
