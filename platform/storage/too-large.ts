/** The refusal of a stored file that is too large to be read. */

import { Failure } from '#contract'

export function tooLarge(path: string, maxBytes: number): Failure {
  const limit = `${Math.round(maxBytes / 1e5) / 10} MB`
  return new Failure(
    'reference-too-large',
    `The file ${path} is larger than ${limit}. Use a smaller one.`,
  )
}
