/** What was typed after `npm run i2i --`, taken apart: the command, its words and its options. */
import { parseArgs } from 'node:util'
import { Failure } from '#contract'
import { nearestName } from '#models/checkpoints/nearest-name.ts'
import { quoted } from './option-values.ts'
import { type GivenOptions, isOption, type OptionName, options } from './options.ts'

export const commands = ['modify', 'copy', 'generate', 'enhance'] as const
export type CommandName = (typeof commands)[number]

export interface Arguments {
  readonly command: CommandName
  /** The path as typed; undefined for `generate` and `enhance`. */
  readonly photo: string | undefined
  /** Empty for `copy`. */
  readonly prompt: string
  /** Without those that the command has no use for. */
  readonly given: GivenOptions
  /** What was given and does nothing here, as a person would name it. */
  readonly ignored: readonly string[]
}

/**
 * Throws `request-invalid` for an unknown command or option, naming the nearest there is, for a
 * value that is missing, and for too few or too many words. 'help' where that was asked for.
 */
export function readArguments(typed: readonly string[]): Arguments | 'help' {
  const { words, given } = takeApart(typed)
  if (given.help !== undefined) return 'help'
  refuseContradictions(given)
  const [first, ...rest] = words
  const command = knownCommand(first)
  const { photo, prompt } = roles(command, rest)
  const isUseless = (option: string) => useless[command].some((name) => name === option)
  const all = Object.entries(given)
  return {
    command,
    photo,
    prompt: command === 'copy' ? '' : requiredPrompt(command, prompt),
    given: Object.fromEntries(all.filter(([option]) => !isUseless(option))),
    ignored: [
      ...(command === 'copy' && prompt ? ['the prompt'] : []),
      ...all.filter(([option]) => isUseless(option)).map(([option]) => `--${option}`),
    ],
  }
}

const usage: Readonly<Record<CommandName, string>> = {
  modify: 'npm run i2i -- modify PHOTO "prompt"',
  copy: 'npm run i2i -- copy PHOTO',
  generate: 'npm run i2i -- generate "prompt"',
  enhance: 'npm run i2i -- enhance "prompt"',
}

/** COPY is fixed in all that could change the picture; a picture from nothing has no reference to keep. */
const useless: Readonly<Record<CommandName, readonly OptionName[]>> = {
  modify: ['edit'],
  copy: [
    'edit',
    'as-written',
    'negative',
    'guidance',
    'guidance-interval',
    'shot',
    'angle',
    'style',
    'lighting',
    'mood',
    'syntax',
    'windows',
    'quality',
    'distillation',
    'size',
    'aspect',
    'lora',
  ],
  generate: ['denoise', 'reference-strength', 'resize', 'edit'],
  enhance: [
    'out',
    'checkpoint',
    'lora',
    'images',
    'steps',
    'denoise',
    'reference-strength',
    'guidance',
    'guidance-interval',
    'scheduler',
    'quality',
    'distillation',
    'negative',
    'as-written',
    'windows',
    'size',
    'aspect',
    'resize',
  ],
}

function takeApart(typed: readonly string[]): { words: string[]; given: GivenOptions } {
  // Not strict, because our own refusals name the mend.
  const { tokens } = parseArgs({ args: [...typed], options, strict: false, tokens: true })
  const words: string[] = []
  const given: Partial<Record<OptionName, string>> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    if (!isOption(token.name)) throw unknownOption(token.rawName)
    const value = typedValue(token.name, token)
    const before = 'multiple' in options[token.name] ? given[token.name] : undefined
    given[token.name] = before === undefined ? value : `${before},${value}`
  }
  return { words, given }
}

/** The text after an option, which may begin with one dash (`--denoise -1`); '' for one that takes none. */
function typedValue(
  name: OptionName,
  { value, inlineValue }: { value?: string | undefined; inlineValue?: boolean | undefined },
): string {
  if (options[name].type === 'boolean') {
    if (value === undefined) return ''
    throw refusal(`--${name} takes no value.`)
  }
  const isNextOption = inlineValue === false && value?.startsWith('--')
  if (value === undefined || isNextOption) throw refusal(`--${name} needs a value after it.`)
  return value
}

function unknownOption(typed: string): Failure {
  const name = typed.replace(/^-+/, '')
  // The full stop, because names are otherwise sought among those of the same ending.
  const candidates = Object.keys(options).map((option) => `${option}.`)
  const nearest = elsewhere[name] ?? nearestName(`${name}.`, candidates)?.slice(0, -1)
  return refusal(`There is no option ${typed}. The nearest is --${nearest}; --help lists them all.`)
}

/** What other tools call our options. */
const elsewhere: Readonly<Record<string, OptionName>> = {
  strength: 'denoise',
  cfg: 'guidance',
  'cfg-scale': 'guidance',
  sampler: 'scheduler',
  model: 'checkpoint',
  loras: 'lora',
  width: 'size',
  height: 'size',
  count: 'images',
}

function refuseContradictions(given: GivenOptions): void {
  const pairs = [
    ['denoise', 'reference-strength'],
    ['size', 'aspect'],
  ] as const
  for (const [one, other] of pairs) {
    if (given[one] === undefined || given[other] === undefined) continue
    throw refusal(`--${one} and --${other} say the same thing in two ways. Give one of them.`)
  }
}

function knownCommand(word: string | undefined): CommandName {
  const command = commands.find((name) => name === word)
  if (command) return command
  const what = word === undefined ? 'No command was given' : `There is no command ${quoted(word)}`
  throw refusal(`${what}. The commands are ${commands.join(', ')}; --help explains them.`)
}

/** What the words after the command are. */
function roles(
  command: CommandName,
  words: readonly string[],
): { photo: string | undefined; prompt: string | undefined } {
  const hasNoPhoto = command === 'generate' || command === 'enhance'
  if (words.length > (hasNoPhoto ? 1 : 2)) {
    throw refusal(`Put the prompt in quotes: ${usage[command]}`)
  }
  const [first, second] = words
  if (hasNoPhoto) return { photo: undefined, prompt: first }
  if (!first) throw refusal(`${command} needs a photo: ${usage[command]}`)
  return { photo: first, prompt: second }
}

function requiredPrompt(command: CommandName, prompt: string | undefined): string {
  if (prompt?.trim()) return prompt
  const what = prompt === undefined ? 'needs a prompt' : 'was given an empty prompt'
  throw refusal(`${command} ${what}. Say what the picture should show: ${usage[command]}`)
}

const refusal = (message: string): Failure => new Failure('request-invalid', message)
