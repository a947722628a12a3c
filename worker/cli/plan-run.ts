/** From what was typed to what will run, refused in the words that were typed. */
import { randomInt } from 'node:crypto'
import {
  type Asked,
  Failure,
  type Mode,
  type Planned,
  plan,
  promptSyntaxes,
  qualities,
  schedulerNames,
} from '#contract'
import type { Arguments, CommandName } from './arguments.ts'
import { numberOf, oneOf, quoted } from './option-values.ts'
import type { GivenOptions, OptionName } from './options.ts'

/** Seeds of other tools fit in 32 bits; one drawn here can be typed there. */
const SEEDS = 2 ** 32

/** Throws `request-invalid` naming every option that is out of range. Without `--seed` one is drawn. */
export function planRun({ command, prompt, given }: Arguments): Planned {
  const asked: Asked = {
    prompt,
    negativePrompt: given.negative,
    promptSyntax: oneOf(given, 'syntax', promptSyntaxes),
    windows: numberOf(given, 'windows'),
    denoiseStrength: numberOf(given, 'denoise'),
    referenceStrength: numberOf(given, 'reference-strength'),
    guidanceScale: numberOf(given, 'guidance'),
    steps: numberOf(given, 'steps'),
    quality: oneOf(given, 'quality', qualities),
    scheduler: oneOf(given, 'scheduler', schedulerNames),
    seed: numberOf(given, 'seed'),
    images: numberOf(given, 'images'),
  }
  try {
    return plan(modeOf[command], asked, randomInt(SEEDS))
  } catch (error) {
    throw error instanceof Failure ? inOptions(error, given) : error
  }
}

const modeOf: Readonly<Record<CommandName, Mode>> = {
  modify: 'modify',
  copy: 'copy',
  generate: 'txt2img',
}

/** The contract names its own fields; a person typed options. */
const optionOf: Readonly<Record<string, OptionName>> = {
  negativePrompt: 'negative',
  windows: 'windows',
  denoiseStrength: 'denoise',
  referenceStrength: 'reference-strength',
  guidanceScale: 'guidance',
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
