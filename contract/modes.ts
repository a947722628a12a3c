/** The three modes, and the one place where what was asked becomes what will run. */
import { z } from 'zod'
import { distillations, type TurboPreset } from './distillations.ts'
import { evaluations } from './evaluations.ts'
import { Failure } from './failure.ts'
import { type GuidanceInterval, guidedEvaluations, WHOLE_SCHEDULE } from './guidance-interval.ts'
import { type SchedulerName, schedulerNames } from './scheduler-names.ts'
import { LAST_SEED } from './seeds.ts'
import { styleFields, withStyle } from './style.ts'

export const modes = ['modify', 'copy', 'txt2img'] as const
export type Mode = (typeof modes)[number]

/** How weights are written in a prompt: not at all, `(word)1.2` or `(word:1.2)`. */
export const promptSyntaxes = ['none', 'compel', 'a1111'] as const
export type PromptSyntax = (typeof promptSyntaxes)[number]

/** `turbo`: few evaluations, of a checkpoint or with a LoRA that was distilled for it. */
export const qualities = ['fast', 'high', 'turbo'] as const

const presets = {
  fast: { steps: 15, guidanceScale: 7, scheduler: 'euler' },
  high: { steps: 25, guidanceScale: 7.5, scheduler: 'euler' },
} as const

/** COPY changes as little as one evaluation at the end of the schedule can, whatever the quality. */
const copy = { steps: 15, guidanceScale: 1, scheduler: 'euler' } as const
const MOST_COPY_DENOISE = 0.05

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

/** All that may be asked for; a job need give none of it. */
export const askedFields = z.strictObject({
  prompt: text,
  /** null or absent: none was given, which is not the same as an empty one. */
  negativePrompt: text.nullable(),
  promptSyntax: z.enum(promptSyntaxes, oneOf(promptSyntaxes)),
  /** Phrases after the prompt, in every mode but COPY. */
  style: styleFields,
  windows: whole(1, 16),
  denoiseStrength: share,
  /** How much of the reference stays: 1 − denoise strength. */
  referenceStrength: share,
  guidanceScale: z
    .number('must be a number from 1 to 30')
    .min(1, 'must be from 1 to 30')
    .max(30, 'must be from 1 to 30'),
  /** Shares of the full schedule between which steps are guided. */
  guidanceInterval: z.custom<GuidanceInterval>(
    isInterval,
    'must be two numbers from 0 to 1, the smaller first',
  ),
  steps: whole(1, 150),
  quality: z.enum(qualities, oneOf(qualities)),
  scheduler: z.enum(schedulerNames, oneOf(schedulerNames)),
  seed: whole(0, LAST_SEED),
  images: whole(1, 6),
})

function isInterval(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [from, to]: unknown[] = value
  return typeof from === 'number' && typeof to === 'number' && 0 <= from && from < to && to <= 1
}

/** What a caller may ask for; everything may be left out. */
export type Asked = {
  readonly [K in keyof z.infer<typeof askedFields>]?: z.infer<typeof askedFields>[K] | undefined
}

/** What will run. */
export interface Planned {
  readonly mode: Mode
  /** As it is drawn: with the phrases of the style after it. */
  readonly prompt: string
  /** null also where one was asked for and no evaluation is guided, since it would do nothing. */
  readonly negativePrompt: string | null
  readonly promptSyntax: PromptSyntax
  /** Windows of 75 tokens that a prompt may fill; undefined: as many as it needs. */
  readonly windows: number | undefined
  readonly denoiseStrength: number
  readonly steps: number
  /** Evaluations of the UNet, an image. */
  readonly evaluations: number
  /**
   * Runs of the UNet, an image: an evaluation that is guided is two. (A checkpoint that takes guidance
   * as an input runs once all the same, which is known where it is open.)
   */
  readonly networkRuns: number
  /** 1 is off. */
  readonly guidanceScale: number
  /** Where in the full schedule guidance is on. */
  readonly guidanceInterval: GuidanceInterval
  readonly scheduler: SchedulerName
  /** Of the first image; `imageSeed` says those of the others. */
  readonly seed: number
  readonly images: number
}

/** What whoever runs the job has to offer. */
export interface Offer {
  /** Of the checkpoint, or of a LoRA that quality `turbo` would add. */
  readonly turbo?: TurboPreset | undefined
}

/**
 * Throws `request-invalid` naming every problem, or saying that `turbo` is not to be had. `seed` serves
 * where none was asked for.
 */
export function plan(mode: Mode, request: Asked, seed: number, offer: Offer = {}): Planned {
  const given = parse(request)
  const isCopy = mode === 'copy'
  const preset = isCopy ? copy : presetOf(given, offer)
  const steps = given.steps ?? preset.steps
  const denoiseStrength = denoiseOf(mode, given)
  const guidanceScale = isCopy ? copy.guidanceScale : (given.guidanceScale ?? preset.guidanceScale)
  const guidanceInterval = isCopy ? WHOLE_SCHEDULE : (given.guidanceInterval ?? WHOLE_SCHEDULE)
  const isUntouched = denoiseStrength < LEAST_DENOISE
  const isGuided = guidanceScale > 1 && !isUntouched
  const guided = isGuided ? guidedEvaluations(steps, denoiseStrength, guidanceInterval) : 0
  const all = isUntouched ? 0 : evaluations(steps, denoiseStrength)
  return {
    mode,
    prompt: drawnPrompt(mode, given),
    negativePrompt: guided === 0 ? null : (given.negativePrompt ?? null),
    promptSyntax: given.promptSyntax ?? 'none',
    windows: given.windows,
    steps,
    denoiseStrength,
    evaluations: all,
    networkRuns: all + guided,
    guidanceScale,
    guidanceInterval,
    scheduler: given.scheduler ?? preset.scheduler,
    seed: given.seed ?? seed,
    images: given.images ?? 1,
  }
}

/** The one place where a prompt gets its style, whoever draws it. */
export const drawnPrompt = (mode: Mode, { prompt = '', style }: Asked): string =>
  mode === 'copy' ? prompt : withStyle(prompt, style)

/** Made once: to compile a schema takes longer than all the rest of a plan. */
const askable = askedFields.partial()

function parse(request: Asked): Asked {
  const result = askable.safeParse(request)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `no such setting: ${issue.keys.join(', ')}`
      : `${issue.path.join('.')} ${issue.message}`,
  )
  throw new Failure('request-invalid', `${problems.join('; ')}.`)
}

function presetOf({ quality = 'high' }: Asked, { turbo }: Offer): TurboPreset {
  if (quality !== 'turbo') return presets[quality]
  if (turbo) return turbo
  throw new Failure('request-invalid', NO_TURBO)
}

const NO_TURBO =
  'turbo needs a checkpoint or a LoRA that was distilled to few steps: say what the checkpoint was distilled ' +
  `by (SDXL_DISTILLATION or --distillation, one of ${distillations.join(', ')}), list such a LoRA in ` +
  'LORA_CATALOGUE, or ask for quality fast or high.'

function denoiseOf(mode: Mode, { denoiseStrength, referenceStrength }: Asked): number {
  if (mode === 'txt2img') return 1
  const kept = referenceStrength === undefined ? undefined : 1 - referenceStrength
  const strength = denoiseStrength ?? kept ?? DEFAULT_DENOISE
  // Six decimals, so that 1 − 0.8 is the 0.2 that was meant.
  const meant = Math.round(strength * 1e6) / 1e6
  return mode === 'copy' ? Math.min(meant, MOST_COPY_DENOISE) : meant
}
