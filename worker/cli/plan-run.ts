/** From what was typed to what will run, refused in the words that were typed. */
import { randomInt } from 'node:crypto'
import {
  type Asked,
  type Distillation,
  distillations,
  Failure,
  type Mode,
  type Planned,
  plan,
  promptSyntaxes,
  qualities,
  type Style,
  schedulerNames,
  type TurboPreset,
  turboPresets,
  valuesOf,
} from '#contract'
import type { Arguments, CommandName } from './arguments.ts'
import { intervalOf, numberOf, oneOf, quoted } from './option-values.ts'
import type { GivenOptions, OptionName } from './options.ts'

/** Seeds of other tools fit in 32 bits; one drawn here can be typed there. */
const SEEDS = 2 ** 32

/** What may make few evaluations enough. */
export interface Distilled {
  /** What the environment's checkpoint was distilled by. */
  readonly distillation?: Distillation | undefined
  /** Of the LoRA that quality turbo would add, where the checkpoint itself is not distilled. */
  readonly turbo?: TurboPreset | undefined
}

/**
 * Throws `request-invalid` naming every option that is out of range. Without `--seed` one is drawn; with a
 * distilled checkpoint turbo is the quality unless another is asked for.
 */
export function planRun(args: Arguments, distilled: Distilled = {}): Planned {
  const { command, prompt, given } = args
  const distillation = distillationOf(given, distilled)
  const turbo = distillation ? turboPresets[distillation] : distilled.turbo
  const asked: Asked = {
    prompt,
    negativePrompt: given.negative,
    promptSyntax: oneOf(given, 'syntax', promptSyntaxes),
    style: styleOf(given),
    windows: numberOf(given, 'windows'),
    denoiseStrength: numberOf(given, 'denoise'),
    referenceStrength: numberOf(given, 'reference-strength'),
    guidanceScale: numberOf(given, 'guidance'),
    guidanceInterval: intervalOf(given, 'guidance-interval'),
    steps: numberOf(given, 'steps'),
    quality: oneOf(given, 'quality', qualities) ?? (distillation && 'turbo'),
    scheduler: oneOf(given, 'scheduler', schedulerNames),
    seed: numberOf(given, 'seed'),
    images: numberOf(given, 'images'),
  }
  try {
    return plan(modeOf[command], asked, randomInt(SEEDS), { turbo })
  } catch (error) {
    throw error instanceof Failure ? inOptions(error, given) : error
  }
}

/** A look may be in words of one's own; the others are chosen. */
export function styleOf(given: GivenOptions): Style {
  return {
    shotType: oneOf(given, 'shot', valuesOf('shotType')),
    cameraAngle: oneOf(given, 'angle', valuesOf('cameraAngle')),
    look: given.style,
    lighting: oneOf(given, 'lighting', valuesOf('lighting')),
    mood: oneOf(given, 'mood', valuesOf('mood')),
  }
}

/** The environment speaks of the checkpoint that it names, not of one that was typed. */
export function distillationOf(
  given: GivenOptions,
  { distillation }: Distilled,
): Distillation | undefined {
  const ofAnother = given.checkpoint !== undefined
  return oneOf(given, 'distillation', distillations) ?? (ofAnother ? undefined : distillation)
}

const modeOf: Readonly<Record<CommandName, Mode>> = {
  modify: 'modify',
  copy: 'copy',
  generate: 'txt2img',
  enhance: 'txt2img',
}

/** The contract names its own fields; a person typed options. */
const optionOf: Readonly<Record<string, OptionName>> = {
  negativePrompt: 'negative',
  'style.look': 'style',
  windows: 'windows',
  denoiseStrength: 'denoise',
  referenceStrength: 'reference-strength',
  guidanceScale: 'guidance',
  guidanceInterval: 'guidance-interval',
  steps: 'steps',
  seed: 'seed',
  images: 'images',
}

function inOptions({ code, message }: Failure, given: GivenOptions): Failure {
  const problems = message.replace(/\.$/, '').split('; ')
  const told = problems.map((problem) => {
    const [field = '', ...rule] = problem.split(' ')
    const option = optionOf[field]
    if (option === undefined) return field === 'prompt' ? `The ${problem}` : problem
    return `--${option} ${rule.join(' ')}, not ${quoted(given[option] ?? '')}`
  })
  return new Failure(code, `${told.join('; ')}.`)
}
