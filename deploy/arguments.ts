/** What was typed after `npm run deploy --`, and what is the same after `npm run scale --`. */
import { parseArgs } from 'node:util'
import { Failure, messageOf } from '#contract'

export const verbs = ['plan', 'up', 'down', 'status', 'template'] as const
export type Verb = (typeof verbs)[number]

export interface Errand {
  readonly verb: Verb
  readonly name: string
  readonly image: string | undefined
  readonly gpu: string | undefined
  readonly cloud: 'SECURE' | 'COMMUNITY'
  readonly count: number
  readonly volume: string | undefined
  readonly disk: number
  readonly env: Readonly<Record<string, string>>
  /** Without it, what would be done is only said. */
  readonly isMeant: boolean
}

export const help = `Workers on RunPod's pods. Nothing is rented or ended without --yes: what would be done is printed.

  npm run deploy -- plan                    cards: price, seconds an image (measured, else projected), dollars per 1,000 images
  npm run deploy -- up --image IMAGE [--gpu ID] [--count N] [--yes]
  npm run deploy -- down [--count N] [--yes]
  npm run deploy -- status
  npm run deploy -- template --image IMAGE [--yes]   the same for RunPod's console

      --image IMAGE      where the image of Dockerfile.runpod was pushed to
      --gpu ID           as plan lists them; the cheapest an image that is to be had unless given
      --count N          how many to add, or to end; 1 for up, all for down
      --cloud NAME       secure (default) or community, which has no network volumes
      --volume ID        a network volume with the checkpoint, at /workspace; else 40 GB of the pod's own
      --disk GB          of the container, where the checkpoint is staged; 30
      --env NAME=VALUE   for the worker, as often as wanted; secrets as --env 'REDIS_URL={{ RUNPOD_SECRET_redis_url }}'
      --name NAME        what pods are called, and known by; i2i
`

const string = { type: 'string' } as const
const options = {
  ...{ name: string, image: string, gpu: string, cloud: string, count: string },
  ...{ volume: string, disk: string },
  env: { type: 'string', multiple: true },
  yes: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Undefined for help. Throws `request-invalid`. */
export function readErrand(typed: readonly string[]): Errand | undefined {
  const { values, positionals } = parsed(typed)
  if (values.help || typed.length === 0) return undefined
  const verb = verbs.find((each) => each === positionals[0])
  if (!verb || positionals.length > 1) {
    throw invalid(`There is no ${positionals.join(' ')} here: say one of ${verbs.join(', ')}.`)
  }
  const { name = 'i2i', image, gpu, volume, env = [] } = values
  const cloud = (values.cloud ?? 'secure').toUpperCase()
  if (cloud !== 'SECURE' && cloud !== 'COMMUNITY') throw invalid('--cloud is secure or community.')
  if (volume !== undefined && cloud === 'COMMUNITY') {
    throw invalid(
      'The community cloud has no network volumes: leave out --volume, or say --cloud secure.',
    )
  }
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) {
    throw invalid('--name takes small letters, digits and dashes.')
  }
  const count = wholeNumber('count', values.count ?? (verb === 'down' ? '1000' : '1'))
  const disk = wholeNumber('disk', values.disk ?? '30')
  const isMeant = values.yes ?? false
  return { verb, name, image, gpu, cloud, count, volume, disk, env: pairs(env), isMeant }
}

function parsed(typed: readonly string[]) {
  try {
    return parseArgs({ args: [...typed], options, allowPositionals: true })
  } catch (error) {
    throw invalid(`${messageOf(error).split('. ')[0]}. See npm run deploy -- --help.`)
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw invalid(`--${name} takes a whole number from 1 on.`)
}

function pairs(texts: readonly string[]): Record<string, string> {
  const found = texts.map((text) => /^([A-Z_][A-Z0-9_]*)=(.*)$/s.exec(text))
  if (found.includes(null)) throw invalid('--env takes NAME=VALUE.')
  return Object.fromEntries(found.flatMap((pair) => (pair ? [[pair[1], pair[2]]] : [])))
}

const invalid = (message: string): Failure => new Failure('request-invalid', message)
