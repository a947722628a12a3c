/** What a file of rules is: words by what they are a sign of. Their versions go into every refusal's record. */
import { z } from 'zod'

/**
 * `alone` is refused wherever it stands. `minor` is a sign of a minor; `ambiguous` is said of minors and of adults.
 * `sexual` is explicit; `suggestive` counts beside a sign of a minor only. `adult`, among what a picture should not
 * show, is a sign of a minor too. `innocent` are phrases within which nothing is a sign.
 */
export const signs = ['alone', 'minor', 'ambiguous', 'sexual', 'suggestive', 'adult'] as const
export type Sign = (typeof signs)[number]

/** One or more words; the last may end in `*` for whatever follows. Without spaces where its script has none. */
const term = z
  .string('must be a text')
  .regex(/[\p{L}\p{N}\p{Extended_Pictographic}]/u, 'must have a letter in it')
  .max(80, 'is longer than 80 characters')
const terms = z.array(term, 'must be a list of words').optional()

const added = {
  version: z.string('must be a text').min(1, 'must not be empty'),
  /** What it is for, in a sentence. */
  about: z.string('must be a text'),
  ...{ alone: terms, minor: terms, ambiguous: terms },
  ...{ sexual: terms, suggestive: terms, adult: terms },
  /** Terms of 6 or 7 letters that are found with one letter wrong too, as longer ones are. */
  weighty: terms,
}

/** What an operator may add. It has no `innocent`, for rules are added to and never weakened. */
export const addedRules = z.strictObject(added)
export const shippedRules = z.strictObject({ ...added, innocent: terms })

export type Rules = z.infer<typeof shippedRules>
