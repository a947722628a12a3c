/** What is refused: from the signs in a job's words and its content modes, to the class of rule that stands against it. */
import { type ContentMode, contentModes } from '#contract'
import type { RuleClass } from './refusal.ts'
import type { Sign } from './rules.ts'

export interface Evidence {
  readonly shown: ReadonlySet<Sign>
  readonly avoided: ReadonlySet<Sign>
  /** To have asked for nsfw is a sexual sign, granted or not. */
  readonly asked: ContentMode
  readonly effective: ContentMode
}

/**
 * The floor comes first and knows no grant. Of what is to be avoided only `adult` counts: whoever writes that no child
 * is to be seen says the right thing, in every list of negative terms.
 */
export function judge({ shown, avoided, asked, effective }: Evidence): RuleClass | undefined {
  if (shown.has('alone')) return 'alone'
  const isSexual = shown.has('sexual') || shown.has('suggestive')
  if (shown.has('minor') && isSexual) return 'minor-sexual'
  if (shown.has('minor') && asked === 'nsfw') return 'minor-nsfw'
  if (shown.has('ambiguous') && shown.has('sexual')) return 'ambiguous-sexual'
  if (shown.has('ambiguous') && asked === 'nsfw') return 'ambiguous-nsfw'
  if (avoided.has('adult') && (isSexual || asked === 'nsfw')) return 'adult-avoided'
  return shown.has('sexual') && effective === 'sfw' ? 'explicit-in-sfw' : undefined
}

/** sfw where any says so. */
export const lowest = (...modes: readonly ContentMode[]): ContentMode =>
  contentModes.find((mode) => modes.includes(mode)) ?? 'sfw'
