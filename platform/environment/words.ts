/** The kinds of values that environment variables have, each with the rule that a wrong one is told. */
import { z } from 'zod'

const oneOf = (names: readonly string[]) => `must be one of ${names.join(', ')}`

export const text = z.string()

export const choice = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, oneOf(names))

export const flag = z.enum(['0', '1'], 'must be 0 or 1')

export const whole = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`
  return z.coerce.number(rule).int(rule).min(least, rule).max(most, rule)
}

export const httpUrl = z.string().regex(/^https?:\/\/./i, 'must be an http or https URL')

/** Separated by commas. */
export const list = z.string().transform((items) =>
  items
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)

export const listOf = <const Names extends readonly string[]>(names: Names) =>
  list.pipe(z.array(choice(names)).min(1, 'must name one at least'))
