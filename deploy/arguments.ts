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
  /** Undefined: one for up, all for down. */
  readonly count: number | undefined
  readonly volume: string | undefined
  readonly disk: number
  /** What the image runs in place of the worker. */
  readonly args: string | undefined
  readonly env: Readonly<Record<string, string>>
  /** Undefined for pods. */
  readonly serverless: ServerlessWish | undefined
  /** What the worker needs is the image's own business. */
  readonly isUnchecked: boolean
  /** Without it, what would be done is only said. */
  readonly isMeant: boolean
}

export interface ServerlessWish {
  /** Workers. */
  readonly min: number
  readonly max: number
  readonly idleSeconds: number
}

export const help = `Workers on RunPod. Nothing is rented or ended without --yes: what would be done is printed.

  npm run deploy -- plan                    cards: price, seconds an image (measured, else projected), dollars per 1,000 images
  npm run deploy -- up --image IMAGE [--gpu ID] [--count N] [--yes]
  npm run deploy -- up --count N [--yes]               more like the newest
  npm run deploy -- up --serverless --image IMAGE --volume ID [--min N] [--max N] [--idle S] [--yes]
  npm run deploy -- down [--count N] [--yes]           the endpoint too, unless --count is given
  npm run deploy -- status
  npm run deploy -- template --image IMAGE [--yes]   the same for RunPod's console

      --image IMAGE      where the image of Dockerfile.runpod was pushed to
      --gpu ID           as plan lists them; the cheapest an image that is to be had unless given
      --count N          how many to add, or to end; 1 for up, all for down
      --cloud NAME       secure (default) or community, which has no network volumes
      --serverless       an endpoint in place of pods, whose workers RunPod keeps: plan has its prices, too
      --min N, --max N   of its workers: 1 (0: none until its URL is asked), and as many
      --idle S           until a worker beyond --min that nobody asks ends; 60
      --volume ID        a network volume with the checkpoint; else 40 GB of the pod's own
      --disk GB          of the container, where the checkpoint is staged; 30
      --env NAME=VALUE   for the worker, as often as wanted; secrets as --env 'REDIS_URL={{ RUNPOD_SECRET_redis_url }}'
      --args WORDS       what the image runs in place of the worker, such as 'models pull URL --to /workspace'
      --unchecked        rent though a variable is missing that the worker needs: the image sets it itself
      --name NAME        what they are called, and known by; i2i
`

const string = { type: 'string' } as const
const boolean = { type: 'boolean' } as const
const options = {
  ...{ name: string, image: string, gpu: string, cloud: string, count: string },
  ...{ volume: string, disk: string, args: string },
  env: { type: 'string', multiple: true },
  ...{ min: string, max: string, idle: string },
  ...{ serverless: boolean, unchecked: boolean, yes: boolean },
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
  const { name = 'i2i', image, gpu, volume, args, env = [] } = values
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
  const count = values.count === undefined ? undefined : wholeNumber('count', values.count)
  const disk = wholeNumber('disk', values.disk ?? '30')
  const { yes: isMeant = false, unchecked: isUnchecked = false } = values
  const given = {
    verb,
    name,
    image,
    gpu,
    cloud,
    count,
    volume,
    disk,
    args,
    env: pairs(env),
  } as const
  return { ...given, serverless: serverlessIn(values), isMeant, isUnchecked }
}

function serverlessIn(values: ReturnType<typeof parsed>['values']): ServerlessWish | undefined {
  const has = (name: keyof typeof values) => values[name] !== undefined
  if (!values.serverless) {
    const [stray] = (['min', 'max', 'idle'] as const).filter(has)
    if (stray) throw invalid(`--${stray} is of --serverless: add that, or leave it out.`)
    return undefined
  }
  const [stray] = (['count', 'cloud', 'args'] as const).filter(has)
  if (stray) throw invalid(`--${stray} is of pods: leave it out with --serverless.`)
  const min = wholeNumber('min', values.min ?? '1', 0)
  const max = wholeNumber('max', values.max ?? `${Math.max(1, min)}`)
  if (min > max) throw invalid('--min is more than --max.')
  return { min, max, idleSeconds: wholeNumber('idle', values.idle ?? '60') }
}

function parsed(typed: readonly string[]) {
  try {
    return parseArgs({ args: [...typed], options, allowPositionals: true })
  } catch (error) {
    throw invalid(`${messageOf(error).split('. ')[0]}. See npm run deploy -- --help.`)
  }
}

function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value
  throw invalid(`--${name} takes a whole number from ${least} on.`)
}

function pairs(texts: readonly string[]): Record<string, string> {
  const found = texts.map((text) => /^([A-Z_][A-Z0-9_]*)=(.*)$/s.exec(text))
  if (found.includes(null)) throw invalid('--env takes NAME=VALUE.')
  return Object.fromEntries(found.flatMap((pair) => (pair ? [[pair[1], pair[2]]] : [])))
}

const invalid = (message: string): Failure => new Failure('request-invalid', message)
