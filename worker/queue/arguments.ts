/** What was typed after `npm run queue --`: the verb, whom it is about, and its options. */
import { parseArgs } from 'node:util'
import { Failure, isId } from '#contract'
import { quoted } from '#worker/cli/option-values.ts'

export const verbs = ['list', 'peek', 'dead', 'retry', 'drop'] as const
export type Verb = (typeof verbs)[number]

export interface Errand {
  readonly verb: Verb
  /** A job's id or a dead letter's name; '' for `list`, `dead` and `retry --all-dead`. */
  readonly id: string
  readonly count: number
  readonly isJson: boolean
  readonly showsContent: boolean
  readonly isAllDead: boolean
  readonly isSure: boolean
}

/** Throws `request-invalid` for anything that the verb does not take. 'help' where that was asked for. */
export function readErrand(typed: readonly string[]): Errand | 'help' {
  const { words, given } = takeApart(typed)
  if (given.has('help')) return 'help'
  const [first, ...rest] = words
  const verb = knownVerb(first)
  for (const [option, value] of given) refuseUseless(verb, { option, value })
  const isAllDead = given.has('all-dead')
  return {
    verb,
    id: idFor(verb, rest, isAllDead),
    count: given.has('count') ? countOf(given.get('count') ?? '') : DEFAULT_COUNT,
    isJson: given.has('json'),
    showsContent: given.has('show-content'),
    isAllDead,
    isSure: given.has('yes'),
  }
}

const options = {
  json: { type: 'boolean' },
  count: { type: 'string' },
  'show-content': { type: 'boolean' },
  'all-dead': { type: 'boolean' },
  yes: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const useful: Readonly<Record<Verb, readonly string[]>> = {
  list: ['json', 'count'],
  peek: ['json', 'show-content'],
  dead: ['json', 'count'],
  retry: ['all-dead', 'yes'],
  drop: [],
}

const DEFAULT_COUNT = 20
const MOST_COUNT = 1000

function takeApart(typed: readonly string[]) {
  // Not strict, because our own refusals name the mend.
  const { tokens } = parseArgs({ args: [...typed], options, strict: false, tokens: true })
  const words: string[] = []
  const given = new Map<string, string | undefined>()
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind === 'option') given.set(token.name, token.value)
  }
  return { words, given }
}

function knownVerb(word: string | undefined): Verb {
  const verb = verbs.find((name) => name === word)
  if (verb) return verb
  const what = word === undefined ? 'No verb was given' : `There is no verb ${quoted(word)}`
  throw refusal(`${what}. The verbs are ${verbs.join(', ')}; --help explains them.`)
}

function refuseUseless(
  verb: Verb,
  { option, value }: { readonly option: string; readonly value: string | undefined },
): void {
  if (useful[verb].includes(option)) {
    if (option === 'count' || value === undefined) return
    throw refusal(`--${option} takes no value, not ${quoted(value)} either.`)
  }
  const takes = useful[verb].map((name) => `--${name}`).join(', ') || 'no options'
  throw refusal(`${verb} does not take ${quoted(`--${option}`)}. It takes ${takes}.`)
}

function idFor(verb: Verb, words: readonly string[], isAllDead: boolean): string {
  const [id, ...others] = words
  const needsId = verb !== 'list' && verb !== 'dead' && !isAllDead
  const surplus = needsId ? others[0] : id
  if (surplus !== undefined) {
    throw refusal(`${verb} does not know what ${quoted(surplus)} is for.`)
  }
  if (!needsId) return ''
  if (id === undefined) throw refusal(`${verb} needs an id: npm run queue -- ${verb} ID.`)
  if (isId(id)) return id
  throw refusal(`${quoted(id)} is no id: those are 1 to 128 letters, digits and the signs _ . : -`)
}

function countOf(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= MOST_COUNT) return count
  throw refusal(`--count must be a whole number from 1 to ${MOST_COUNT}, not ${quoted(text)}.`)
}

const refusal = (message: string): Failure => new Failure('request-invalid', message)
