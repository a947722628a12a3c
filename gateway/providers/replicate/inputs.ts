/** The inputs of one prediction as they gather: what the model does not take is left out, and noted. */
import type { Model } from './model.ts'
import type { Range } from './model-cards.ts'

export interface Inputs {
  readonly values: Readonly<Record<string, unknown>>
  readonly notes: readonly string[]
  /** Whether the model takes an input of that name, as far as is known. */
  readonly takes: (field: string | undefined) => field is string
  /** @returns whether it is sent; where not, `note` is noted. */
  readonly set: (field: string | undefined, value: unknown, note?: string) => boolean
  /** Brought within the card's range and the model's own; what was changed is noted. */
  readonly setNumber: (field: string | undefined, wanted: number, about: NumberInput) => void
  readonly note: (sentence: string) => void
}

export interface NumberInput {
  readonly range: Range
  /** `guidance scale` */
  readonly called: string
  /** Where the model takes none. */
  readonly missing?: string | undefined
}

export function gatherInputs({ name, schema }: Model): Inputs {
  const values: Record<string, unknown> = {}
  const notes: string[] = []
  const takes = (field: string | undefined): field is string =>
    field !== undefined && (!schema || schema.has(field))
  const note = (sentence: string) => void notes.push(sentence)
  const set: Inputs['set'] = (field, value, missing) => {
    const choices = schema?.get(field ?? '')?.choices
    if (takes(field) && (!choices || choices.includes(value))) {
      values[field] = value
      return true
    }
    if (missing !== undefined) note(missing)
    return false
  }
  return {
    values,
    notes,
    takes,
    set,
    note,
    setNumber(field, wanted, { range, called, missing }) {
      const { least, most } = rangeOf({ name, schema }, field, range)
      const value = Math.min(most, Math.max(least, wanted))
      const isSent = set(field, value, missing)
      if (isSent && value !== wanted) {
        note(`The ${called} is ${value} instead of ${wanted}: ${name} goes no further.`)
      }
    },
  }
}

/** The narrower of the card's range and the schema's. */
export function rangeOf(
  { schema }: Pick<Model, 'name' | 'schema'>,
  field: string | undefined,
  range: Range,
): Range {
  const own = schema?.get(field ?? '')
  return {
    least: Math.max(range.least, own?.least ?? range.least),
    most: Math.min(range.most, own?.most ?? range.most),
  }
}
