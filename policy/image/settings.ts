/** The operator's image classifiers, as one JSON file describes them: which networks, how they see, what their labels mean. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { Failure, messageOf } from '#contract'
import { type Filter, filterNames } from '#platform/image/filters.ts'

/** `minor` and `nsfw` together are the floor; `refused` is what the operator wants in no content mode. */
export const pictureSigns = ['nsfw', 'minor', 'refused'] as const
export type PictureSign = (typeof pictureSigns)[number]

export interface ClassifierSettings {
  /** For the record of what was refused. */
  readonly version: string
  /** Threads of one network's run. */
  readonly threads: number
  /** For one picture through all networks, once they are open. */
  readonly deadlineMs: number
  readonly networks: readonly NetworkSettings[]
}

export interface NetworkSettings {
  /** Absolute. */
  readonly file: string
  readonly input: InputSettings
  /** Of what the network puts out, in order. */
  readonly labels: readonly string[]
  /** What makes shares of its numbers; `none` where the network does that itself. */
  readonly activation: 'softmax' | 'sigmoid' | 'none'
  readonly signs: readonly SignSettings[]
}

export interface InputSettings {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** `stretch` distorts; `cover` keeps the aspect and cuts off what hangs over. */
  readonly resize: 'stretch' | 'cover'
  readonly filter: Filter
  readonly layout: 'nchw' | 'nhwc'
  readonly channels: 'rgb' | 'bgr'
  /** Of values from 0 to 1, in the order of `channels`. */
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
}

export interface SignSettings {
  readonly label: string
  readonly sign: PictureSign
  /** A score from here on is the sign. */
  readonly threshold: number
  /** From here on it is the sign where minor and nsfw come together: less certainty is enough for the floor. */
  readonly floor: number
}

/** Throws `configuration-invalid` naming the file and every field that is wrong. Files in it are relative to it. */
export async function readClassifierSettings(path: string): Promise<ClassifierSettings> {
  const place = resolve(path)
  const found = settings.safeParse(await jsonOf(place))
  if (!found.success) {
    const problems = found.error.issues.map(({ path: at, message }) => `${pathOf(at)} ${message}`)
    throw invalid(place, problems.join('; '))
  }
  const { networks, ...rest } = found.data
  const inFolder = (file: string) => resolve(dirname(place), file)
  return { ...rest, networks: networks.map((each) => ({ ...each, file: inFolder(each.file) })) }
}

async function jsonOf(place: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(place, 'utf8'))
  } catch (cause) {
    throw invalid(place, messageOf(cause), cause)
  }
}

function invalid(place: string, what: string, cause?: unknown): Failure {
  const message = `The image classifier's settings in ${place} (POLICY_CLASSIFIER) will not do: ${what}.`
  return new Failure('configuration-invalid', message, { cause })
}

const pathOf = (path: readonly PropertyKey[]): string =>
  path.length === 0 ? 'the whole' : path.map(String).join('.')

const whole = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`
  return z.int(rule).min(least, rule).max(most, rule)
}
const share = z.number('must be a number').gt(0, 'must be over 0').max(1, 'must be 1 at most')
const choice = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, `must be one of ${names.join(', ')}`)
const text = z.string('must be a text').min(1, 'must not be empty')
const three = (each: z.ZodNumber) =>
  z.tuple([each, each, each], 'must be three numbers, one for each channel')

const input = z.strictObject(
  {
    width: whole(8, 2_048),
    height: whole(8, 2_048),
    resize: choice(['stretch', 'cover']).default('stretch'),
    filter: choice(filterNames).default('linear'),
    layout: choice(['nchw', 'nhwc']).default('nchw'),
    channels: choice(['rgb', 'bgr']).default('rgb'),
    mean: three(z.number('must be a number')),
    std: three(z.number('must be a number').gt(0, 'must be over 0')),
  },
  namesIn('must say how a picture is put in'),
)

const sign = z
  .strictObject(
    {
      label: text,
      sign: choice(pictureSigns),
      threshold: share,
      floor: share.optional(),
    },
    namesIn('must say what a label means'),
  )
  .refine(({ threshold, floor = threshold }) => floor <= threshold, {
    message: 'must be threshold at most',
    path: ['floor'],
  })
  .transform(({ floor, ...rest }) => ({ ...rest, floor: floor ?? rest.threshold }))

const network = z
  .strictObject(
    {
      file: text,
      input,
      labels: z.array(text, 'must list labels').min(1, 'must name one label at least').max(2_000),
      activation: choice(['softmax', 'sigmoid', 'none']),
      signs: z.array(sign, 'must list what labels mean').min(1, 'must say what one label means'),
    },
    namesIn('must describe a network'),
  )
  .superRefine(({ labels, signs }, context) => {
    const twice = labels.find((label, i) => labels.indexOf(label) !== i)
    if (twice !== undefined) {
      const message = `name ${twice} twice`
      context.addIssue({ code: 'custom', path: ['labels'], message })
    }
    for (const [i, { label }] of signs.entries()) {
      if (labels.includes(label)) continue
      const message = `is ${label}, which is none of labels`
      context.addIssue({ code: 'custom', path: ['signs', i, 'label'], message })
    }
  })

const settings = z
  .strictObject(
    {
      version: text,
      threads: whole(1, 64).default(2),
      deadlineMs: whole(100, 600_000).default(20_000),
      networks: z.array(network, 'must list networks').min(1, 'must name one at least').max(4),
    },
    namesIn('must be an object'),
  )
  .refine(
    ({ networks }) => networks.some(({ signs }) => signs.some((each) => each.sign === 'nsfw')),
    { message: 'say of no label that it means nsfw', path: ['networks'] },
  )

/** A field that nobody knows is most likely one that was misspelt. */
function namesIn(rule: string): {
  error: z.core.$ZodErrorMap<
    z.core.$ZodIssueInvalidType<unknown> | z.core.$ZodIssueUnrecognizedKeys
  >
} {
  return {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `has no field ${issue.keys.join(', ')}` : rule,
  }
}
