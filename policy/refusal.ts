/** A failure of the policy that remembers, for the record and not for the caller, which kind of rule it was. */
import { Failure, type FailureCode } from '#contract'

export const ruleClasses = [
  /** The names of the crime itself. */
  'alone',
  /** A sign of a minor and something sexual. */
  'minor-sexual',
  /** A sign of a minor where content mode nsfw was asked for. */
  'minor-nsfw',
  /** The same of what is said of minors and adults. */
  'ambiguous-sexual',
  'ambiguous-nsfw',
  /** Something sexual, and adults are what is not to be shown. */
  'adult-avoided',
  /** Something sexual in effective content mode sfw. */
  'explicit-in-sfw',
  /** An edit in nsfw of what may be a photograph of somebody who never consented. */
  'reference-consent',
  /** The bytes are others than those that were cleared. */
  'reference-changed',
  /** The reference is a picture that was taken down, or what was made is. */
  'taken-down',
  'made-again',
  /** What a reference shows, or what was made. */
  'reference-minor',
  'reference-sexual',
  'reference-unwanted',
  'made-minor',
  'made-sexual',
  'made-unwanted',
  /** A check that threw, or took too long. */
  'check-failed',
] as const
export type RuleClass = (typeof ruleClasses)[number]

/** Those that nobody runs into by mistake more than once: enough of them suspend a caller. */
export const severeRules: readonly RuleClass[] = [
  'alone',
  'minor-sexual',
  'minor-nsfw',
  'adult-avoided',
]

const PROMPT = 'What is described will not be made here. Describe something else.'
const REFERENCE = 'Pictures are not made from this reference. Use another.'
const MADE = 'What was made is not given out. Describe it otherwise.'

type Told = readonly [FailureCode, string]

/** What is told of words, of a reference and of what was made is the same for every rule, so that none can be felt out. */
const told: Readonly<Record<RuleClass, Told>> = {
  alone: ['policy-prompt', PROMPT],
  'minor-sexual': ['policy-prompt', PROMPT],
  'minor-nsfw': ['policy-prompt', PROMPT],
  'ambiguous-sexual': ['policy-prompt', PROMPT],
  'ambiguous-nsfw': ['policy-prompt', PROMPT],
  'adult-avoided': ['policy-prompt', PROMPT],
  'explicit-in-sfw': [
    'policy-content-mode',
    'What is described is not made in content mode sfw, which is all that is asked for or granted. Describe it ' +
      'otherwise.',
  ],
  'reference-consent': [
    'policy-reference-consent',
    'In content mode nsfw a reference must have been made here from words alone, or be signed by a maker trusted here, ' +
      'or come with reference_consent from a caller who may give it. Use such a one, or ask for sfw.',
  ],
  'reference-changed': [
    'policy-reference-consent',
    'The reference is not the picture any more that the job was accepted with. Upload it, and ask again.',
  ],
  'taken-down': [
    'policy-taken-down',
    'The picture was taken down, and is not drawn from. Use another.',
  ],
  'made-again': [
    'policy-taken-down',
    'What was made is a picture that was taken down, and is not given out. Describe something else.',
  ],
  'reference-minor': ['policy-reference', REFERENCE],
  'reference-sexual': ['policy-reference', REFERENCE],
  'reference-unwanted': ['policy-reference', REFERENCE],
  'made-minor': ['policy-output', MADE],
  'made-sexual': ['policy-output', MADE],
  'made-unwanted': ['policy-output', MADE],
  'check-failed': [
    'policy-check-failed',
    'Whether this may be made could not be checked. Try again later.',
  ],
}

/** It holds no word of what was asked. */
export class Refusal extends Failure {
  readonly rule: RuleClass
  /** Of every file of rules that was applied; undefined where words had no part in it. */
  readonly rulesVersion: string | undefined
  /** SHA-256 of the reference that it is about. */
  readonly picture: string | undefined

  constructor(
    rule: RuleClass,
    about: {
      readonly rulesVersion?: string
      readonly picture?: string
      readonly cause?: unknown
    } = {},
  ) {
    const [code, message] = told[rule]
    super(code, message, about.cause === undefined ? undefined : { cause: about.cause })
    this.rule = rule
    this.rulesVersion = about.rulesVersion
    this.picture = about.picture
  }
}
