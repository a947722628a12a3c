/** Options that are one of a few words or a number, made of the text that was typed. */
import { Failure } from '#contract'
import type { GivenOptions, OptionName } from './options.ts'

/** Throws `request-invalid` listing `names` where the text is none of them; undefined where it was not given. */
export function oneOf<Name extends string>(
  given: GivenOptions,
  option: OptionName,
  names: readonly Name[],
): Name | undefined {
  const text = given[option]
  if (text === undefined) return undefined
  const name = names.find((candidate) => candidate === text)
  if (name !== undefined) return name
  throw refusal(`--${option} must be one of ${names.join(', ')}, not ${quoted(text)}.`)
}

/** NaN for what is no number: whoever knows the range refuses it with the rule. */
export function numberOf(given: GivenOptions, option: OptionName): number | undefined {
  const text = given[option]
  if (text === undefined) return undefined
  // Number('') is 0, which nobody meant.
  return text.trim() === '' ? Number.NaN : Number(text)
}

/** Throws `request-invalid` unless it is a whole number from 0 to `most`. */
export function countOf(given: GivenOptions, option: OptionName, most: number): number | undefined {
  const count = numberOf(given, option)
  if (count === undefined || (Number.isInteger(count) && count >= 0 && count <= most)) return count
  const text = quoted(given[option] ?? '')
  throw refusal(`--${option} must be a whole number from 0 to ${most}, not ${text}.`)
}

/** Throws `request-invalid` unless it is two numbers with a dash between; whoever knows the range minds it. */
export function intervalOf(
  given: GivenOptions,
  option: OptionName,
): readonly [number, number] | undefined {
  const text = given[option]
  if (text === undefined) return undefined
  const [from, to, ...rest] = text.split('-')
  if (from?.trim() && to?.trim() && rest.length === 0) return [Number(from), Number(to)]
  throw refusal(`--${option} must be of the form 0-0.6, not ${quoted(text)}.`)
}

/** What was typed, on one line and short enough to be read in a sentence. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text)
}

const refusal = (message: string): Failure => new Failure('request-invalid', message)
