/**
 * Which way a strength points: today's functions wrote one word for two things. A denoise strength is how much is
 * changed, a reference strength how much stays.
 *
 * `replicate-image`: `input.strength` and `input.prompt_strength` are how much is changed, as at Replicate, and as the
 * page sends them (1 less its slider). `fal-image`: `input.strength` is how much stays, for the page sends its slider as it
 * is. In `metadata` each is what its name says, for both.
 */
export type StrengthMeans = 'change' | 'reference'

export interface GivenStrengths {
  readonly input: {
    readonly strength?: number | null | undefined
    readonly prompt_strength?: number | null | undefined
  }
  readonly metadata: {
    readonly denoise_strength?: number | null | undefined
    readonly reference_strength?: number | null | undefined
  }
}

/** The input's before the metadata's; what is out of range is as far as it goes, as it always was there. */
export function readStrength({ input, metadata }: GivenStrengths, means: StrengthMeans) {
  if (typeof input.prompt_strength === 'number') {
    return { denoise_strength: share(input.prompt_strength) }
  }
  if (typeof input.strength === 'number') {
    const strength = share(input.strength)
    return means === 'change' ? { denoise_strength: strength } : { reference_strength: strength }
  }
  const { denoise_strength, reference_strength } = metadata
  if (typeof denoise_strength === 'number') return { denoise_strength: share(denoise_strength) }
  if (typeof reference_strength === 'number') {
    return { reference_strength: share(reference_strength) }
  }
  return {}
}

const share = (value: number): number => Math.min(1, Math.max(0, value))
