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
  /** A check that threw, or took too long. */
  'check-failed',
] as const
export type RuleClass = (typeof ruleClasses)[number]

const messages = {
  'policy-prompt': 'What is described will not be made here. Describe something else.',
  'policy-content-mode':
    'What is described is not made in content mode sfw, which is all that is asked for or granted. Describe it ' +
    'otherwise.',
  'policy-check-failed': 'Whether this may be made could not be checked. Try again later.',
} as const satisfies Partial<Record<FailureCode, string>>

/** It holds no word of what was asked. */
export class Refusal extends Failure {
  readonly rule: RuleClass
  /** Of every file of rules that was applied. */
  readonly rulesVersion: string

  constructor(
    rule: RuleClass,
    { rulesVersion, cause }: { readonly rulesVersion: string; readonly cause?: unknown },
  ) {
    const code = codeOf(rule)
    super(code, messages[code], cause === undefined ? undefined : { cause })
    this.rule = rule
    this.rulesVersion = rulesVersion
  }
}

function codeOf(rule: RuleClass): keyof typeof messages {
  if (rule === 'explicit-in-sfw') return 'policy-content-mode'
  return rule === 'check-failed' ? 'policy-check-failed' : 'policy-prompt'
}
