/** What a bench was told on its command line, read as the numbers and names that it takes. */
import { parseArgs } from 'node:util'
import { Failure } from '#contract'

/** By name, what the usage shows of its value: `N (5)`; empty for one that has none. */
export type Options = Readonly<Record<string, string>>

export interface Given {
  /** What stands beside the options. */
  readonly positionals: readonly string[]
  isSet(name: string): boolean
  text(name: string): string | undefined
  /** A whole number from 1 on. */
  count(name: string): number | undefined
  /** Several, with commas between. */
  counts(name: string): number[] | undefined
  /** A moment, as ISO 8601 has it. */
  time(name: string): Date | undefined
  /** One of `all`, or several with commas between; all of them where nothing was said. */
  among<Name extends string>(name: string, all: readonly Name[]): Name[]
}

/** Throws `request-invalid` for an option that the bench does not have. */
export function readGiven(args: readonly string[], options: Options): Given {
  const { values, positionals } = parsed(args, options)
  const text = (name: string) => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const several = (name: string) => text(name)?.split(',')
  return {
    positionals,
    text,
    isSet: (name) => values[name] === true,
    count(name) {
      const value = text(name)
      return value === undefined ? undefined : countOf(value, name)
    },
    counts: (name) => several(name)?.map((part) => countOf(part, name)),
    time(name) {
      const value = text(name)
      return value === undefined ? undefined : timeOf(value, name)
    },
    among: (name, all) => several(name)?.map((part) => oneOf(part, name, all)) ?? [...all],
  }
}

function parsed(args: readonly string[], options: Options) {
  const types = Object.entries(options).map(([name, value]) => {
    return [name, { type: value === '' ? 'boolean' : 'string' }] as const
  })
  try {
    return parseArgs({
      args: [...args],
      options: Object.fromEntries(types),
      allowPositionals: true,
    })
  } catch (cause) {
    const known = Object.keys(options).map((name) => `--${name}`)
    const complaint = cause instanceof Error ? cause.message.split('. ')[0] : String(cause)
    const takes = known.join(', ') || 'no options'
    throw new Failure('request-invalid', `${complaint}. It takes ${takes}.`, { cause })
  }
}

function countOf(text: string, option: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new Failure('request-invalid', `--${option} is ${text}: give a whole number from 1 on.`)
}

function timeOf(text: string, option: string): Date {
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time
  const message = `--${option} is ${text}: give a time as 2026-12-01T12:00:00Z.`
  throw new Failure('request-invalid', message)
}

function oneOf<Name extends string>(text: string, option: string, all: readonly Name[]): Name {
  const name = all.find((one) => one === text)
  if (name !== undefined) return name
  throw new Failure('request-invalid', `--${option} is ${text}: name ${all.join(', ')}.`)
}
