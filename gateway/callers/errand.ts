/** What was typed after `npm run keys --`: the verb, and what it needs. */
import { parseArgs } from 'node:util'
import { Failure, isId, messageOf } from '#contract'
import type { Owner } from '../store/job-row.ts'
import { ENVIRONMENT } from './api-key.ts'
import { DEFAULT_TENANT, isScope, type Scope, scopes, userScopes } from './caller.ts'
import type { NewKey } from './key-records.ts'

export type Errand =
  | { readonly verb: 'help' }
  | { readonly verb: 'create'; readonly wish: NewKey }
  | { readonly verb: 'list'; readonly isJson: boolean }
  | { readonly verb: 'revoke'; readonly id: string }
  | { readonly verb: 'suspensions'; readonly isJson: boolean }
  | { readonly verb: 'lift'; readonly owner: Owner }

const options = {
  create: {
    user: { type: 'string' },
    tenant: { type: 'string' },
    name: { type: 'string' },
    scopes: { type: 'string' },
    adult: { type: 'boolean' },
    attests: { type: 'boolean' },
    days: { type: 'string' },
    env: { type: 'string' },
  },
  list: { json: { type: 'boolean' } },
  revoke: {},
  suspensions: { json: { type: 'boolean' } },
  lift: { user: { type: 'string' }, tenant: { type: 'string' } },
} as const

const DAY_MS = 86_400_000
const MOST_DAYS = 3_650
const LONGEST_NAME = 100

/** Throws `request-invalid`. `now` in milliseconds since 1970, from which `--days` count. */
export function readErrand(typed: readonly string[], now: number): Errand {
  const [verb, ...rest] = typed
  if (rest.includes('--help') || rest.includes('-h')) return { verb: 'help' }
  switch (verb) {
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      return { verb: 'help' }
    case 'create': {
      const { values } = parse(() => parseArgs({ args: rest, options: options.create }))
      return { verb, wish: wishOf(values, now) }
    }
    case 'list': {
      const { values } = parse(() => parseArgs({ args: rest, options: options.list }))
      return { verb, isJson: values.json === true }
    }
    case 'revoke': {
      const { positionals } = parse(() =>
        parseArgs({ args: rest, options: options.revoke, allowPositionals: true }),
      )
      const [id, ...others] = positionals
      if (id === undefined || others.length > 0) {
        throw refusal('revoke needs the id of one key: npm run keys -- revoke ID.')
      }
      return { verb, id: idOf(id) }
    }
    case 'suspensions': {
      const { values } = parse(() => parseArgs({ args: rest, options: options.suspensions }))
      return { verb, isJson: values.json === true }
    }
    case 'lift': {
      const { values } = parse(() => parseArgs({ args: rest, options: options.lift }))
      return { verb, owner: ownerOf(values, 'lift') }
    }
    default:
      throw refusal(
        `There is no verb ${verb}. The verbs are create, list, revoke, suspensions, lift; --help explains them.`,
      )
  }
}

function parse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw refusal(`${messageOf(error).replace(/\.$/, '')}. See npm run keys -- --help.`)
  }
}

interface Typed {
  readonly user?: string | undefined
  readonly tenant?: string | undefined
  readonly name?: string | undefined
  readonly scopes?: string | undefined
  readonly adult?: boolean | undefined
  readonly attests?: boolean | undefined
  readonly days?: string | undefined
  readonly env?: string | undefined
}

function wishOf(typed: Typed, now: number): NewKey {
  const { name = '', adult = false, env = 'live' } = typed
  const { tenant, userId } = ownerOf(typed, 'create')
  if (name.length > LONGEST_NAME) throw refusal(`--name has at most ${LONGEST_NAME} characters.`)
  if (!ENVIRONMENT.test(env)) {
    throw refusal('--env has 1 to 12 small letters and digits, a letter first.')
  }
  const days = typed.days === undefined ? undefined : daysOf(typed.days)
  return {
    environment: env,
    tenant,
    userId,
    name,
    scopes: typed.scopes === undefined ? userScopes : scopesOf(typed.scopes),
    adult,
    ...(typed.attests === true && { attests: true }),
    expiresAt: days === undefined ? null : new Date(now + days * DAY_MS),
  }
}

function ownerOf(
  { user, tenant = DEFAULT_TENANT }: Pick<Typed, 'user' | 'tenant'>,
  verb: 'create' | 'lift',
): Owner {
  if (user === undefined) {
    const message = `${verb} needs to know whose jobs it is about: npm run keys -- ${verb} --user NAME.`
    throw refusal(message)
  }
  if (!isId(user)) throw refusal(`--user ${ID_RULE}`)
  if (!isId(tenant)) throw refusal(`--tenant ${ID_RULE}`)
  return { tenant, userId: user }
}

const ID_RULE = 'has 1 to 128 letters, digits and the signs _ . : -'

function scopesOf(text: string): readonly Scope[] {
  const named = text.split(',').map((scope) => scope.trim())
  const unknown = named.find((scope) => !isScope(scope))
  if (unknown === undefined) return [...new Set(named.filter(isScope))]
  throw refusal(`There is no scope ${unknown}. The scopes are ${scopes.join(', ')}.`)
}

function daysOf(text: string): number {
  const days = Number(text)
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days
  throw refusal(`--days is a whole number from 1 to ${MOST_DAYS}, not ${text}.`)
}

/** A whole key may be what was copied; its secret is not needed. */
function idOf(typed: string): string {
  const [, id = typed] = /^i2i_[a-z0-9]+_([0-9A-Za-z]{8})_/.exec(typed) ?? []
  if (/^[0-9A-Za-z]{8}$/.test(id)) return id
  throw refusal('The id of a key has eight letters and digits. See npm run keys -- list.')
}

const refusal = (message: string): Failure => new Failure('request-invalid', message)
