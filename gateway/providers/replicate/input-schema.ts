/** The inputs that a version of a model says it takes: read from its OpenAPI document, used to check and no more. */
import { z } from 'zod'
import { type Fields, fieldNames, type ModelCard, unknownCard } from './model-cards.ts'

export type InputSchema = ReadonlyMap<string, InputRule>

export interface InputRule {
  readonly least?: number | undefined
  readonly most?: number | undefined
  /** The only values there are. */
  readonly choices?: readonly unknown[] | undefined
}

const property = z.object({
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.unknown()).optional(),
  $ref: z.string().optional(),
  allOf: z.array(z.object({ $ref: z.string().optional() })).optional(),
})

const document = z.object({
  components: z.object({
    schemas: z.looseObject({ Input: z.object({ properties: z.record(z.string(), property) }) }),
  }),
})

const choices = z.object({ enum: z.array(z.unknown()) })

/** Undefined where the document is not one that cog writes. */
export function readInputSchema(openapi: unknown): InputSchema | undefined {
  const read = document.safeParse(openapi)
  if (!read.success) return undefined
  const { schemas } = read.data.components
  const rules = Object.entries(schemas.Input.properties).map(([name, field]) => {
    const reference = field.$ref ?? field.allOf?.[0]?.$ref
    const named = choices.safeParse(reference && schemas[reference.split('/').at(-1) ?? ''])
    const values = field.enum ?? (named.success ? named.data.enum : undefined)
    const rule: InputRule = { least: field.minimum, most: field.maximum, choices: values }
    return [name, rule] as const
  })
  return new Map(rules)
}

/** The card of a model that no table knows, by the names that its own schema has. */
export function cardBySchema(schema: InputSchema): ModelCard {
  const named = Object.entries(fieldNames).map(([field, names]) => [
    field,
    names.find((name) => schema.has(name)),
  ])
  const fields: Fields = { ...unknownCard.fields, ...Object.fromEntries(named) }
  return { ...unknownCard, fields: { ...fields, prompt: fields.prompt ?? 'prompt' } }
}
