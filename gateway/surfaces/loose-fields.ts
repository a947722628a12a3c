/** Fields of bodies that older clients write, for whom null, and often the empty text, is what was not asked. */
import { z } from '@hono/zod-openapi'

export const looseText = () => z.string('must be a text').nullish()
export const looseNumber = () => z.number('must be a number').nullish()
export const looseFlag = () => z.boolean('must be true or false').nullish()
export const looseRecord = () => z.record(z.string(), z.unknown(), 'must be an object').nullish()

/** The first text that says something, whatever else stands there; undefined for none. */
export function firstText(...values: readonly unknown[]): string | undefined {
  for (const value of values) {
    if (typeof value === 'string' && value.trim() !== '') return value
  }
  return undefined
}

/** null as undefined. */
export const orNothing = <T>(value: T | null | undefined): T | undefined => value ?? undefined
