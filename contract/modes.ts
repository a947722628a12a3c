/** The three modes, and the one place where what was asked becomes what will run. */
import { z } from 'zod'
import { evaluations } from './evaluations.ts'
import { Failure } from './failure.ts'

export const modes = ['modify', 'copy', 'txt2img'] as const
export type Mode = (typeof modes)[number]

export const schedulerNames = [
  'euler',
  'euler_ancestral',
  'dpmpp_2m',
  'dpmpp_2m_karras',
  'ddim',
  'lcm',
] as const
export type SchedulerName = (typeof schedulerNames)[number]

/** How weights are written in a prompt: not at all, `(word)1.2` or `(word:1.2)`. */
export const promptSyntaxes = ['none', 'compel', 'a1111'] as const
export type PromptSyntax = (typeof promptSyntaxes)[number]

export const qualities = ['fast', 'high'] as const

const presets = {
  fast: { steps: 15, guidanceScale: 7 },
  high: { steps: 25, guidanceScale: 7.5 },
} as const

/** COPY changes as little as one evaluation at the end of the schedule can. */
const copy = { steps: 15, guidanceScale: 1, mostDenoise: 0.05 } as const

const DEFAULT_DENOISE = 0.5

/** Below it a run is the reference itself, resized and encoded again. */
const LEAST_DENOISE = 0.01

/** SDXL's context is 77 tokens a window; more than this is a document, not a prompt. */
const LONGEST_PROMPT = 10_000

const oneOf = (names: readonly string[]) => `must be one of ${names.join(', ')}`
const text = z
  .string('must be a text')
  .max(LONGEST_PROMPT, `is longer than ${LONGEST_PROMPT} characters`)
const share = z
  .number('must be a number from 0 to 1')
  .min(0, 'must be from 0 to 1')
  .max(1, 'must be from 0 to 1')
const whole = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`
  return z.number(rule).int(rule).min(least, rule).max(most, rule)
}

const asked = z.strictObject({
  prompt: text,
  /** null or absent: none was given, which is not the same as an empty one. */
  negativePrompt: text.nullable(),
  promptSyntax: z.enum(promptSyntaxes, oneOf(promptSyntaxes)),
  windows: whole(1, 16),
  denoiseStrength: share,
  /** How much of the reference stays: 1 − denoise strength. */
  referenceStrength: share,
  guidanceScale: z
    .number('must be a number from 1 to 30')
    .min(1, 'must be from 1 to 30')
    .max(30, 'must be from 1 to 30'),
  steps: whole(1, 150),
  quality: z.enum(qualities, oneOf(qualities)),
  scheduler: z.enum(schedulerNames, oneOf(schedulerNames)),
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  images: whole(1, 6),
})

/** What a caller may ask for; everything may be left out. */
export type Asked = {
  readonly [K in keyof z.infer<typeof asked>]?: z.infer<typeof asked>[K] | undefined
}

/** What will run. */
export interface Planned {
  readonly mode: Mode
  readonly prompt: string
  readonly negativePrompt: string | null
  readonly promptSyntax: PromptSyntax
  /** Windows of 75 tokens that a prompt may fill; undefined: as many as it needs. */
  readonly windows: number | undefined
  readonly denoiseStrength: number
  readonly steps: number
  /** Evaluations of the UNet; each is two runs of it where guidance is on. */
  readonly evaluations: number
  /** 1 is off. */
  readonly guidanceScale: number
  readonly scheduler: SchedulerName
  /** Of the first image; each further one counts up. */
  readonly seed: number
  readonly images: number
}

/** Throws `request-invalid` naming every problem. `seed` serves where none was asked for. */
export function plan(mode: Mode, request: Asked, seed: number): Planned {
  const given = parse(request)
  const { steps, guidanceScale } = presets[given.quality ?? 'high']
  const isCopy = mode === 'copy'
  const taken = {
    steps: given.steps ?? (isCopy ? copy.steps : steps),
    denoiseStrength: denoiseOf(mode, given),
  }
  return {
    mode,
    prompt: given.prompt ?? '',
    negativePrompt: isCopy ? null : (given.negativePrompt ?? null),
    promptSyntax: given.promptSyntax ?? 'none',
    windows: given.windows,
    ...taken,
    evaluations:
      taken.denoiseStrength < LEAST_DENOISE ? 0 : evaluations(taken.steps, taken.denoiseStrength),
    guidanceScale: isCopy ? copy.guidanceScale : (given.guidanceScale ?? guidanceScale),
    scheduler: given.scheduler ?? 'euler',
    seed: given.seed ?? seed,
    images: given.images ?? 1,
  }
}

function parse(request: Asked): Asked {
  const result = asked.partial().safeParse(request)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `no such setting: ${issue.keys.join(', ')}`
      : `${issue.path.join('.')} ${issue.message}`,
  )
  throw new Failure('request-invalid', `${problems.join('; ')}.`)
}

function denoiseOf(mode: Mode, { denoiseStrength, referenceStrength }: Asked): number {
  if (mode === 'txt2img') return 1
  const kept = referenceStrength === undefined ? undefined : 1 - referenceStrength
  const strength = denoiseStrength ?? kept ?? DEFAULT_DENOISE
  // Six decimals, so that 1 − 0.8 is the 0.2 that was meant.
  const meant = Math.round(strength * 1e6) / 1e6
  return mode === 'copy' ? Math.min(meant, copy.mostDenoise) : meant
}
