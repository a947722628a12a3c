/** What a prediction is made with, read from the very inputs that are sent: planned, it may have been otherwise. */
import type { Planned } from '#contract'
import { evaluationsOf, type Sent } from '../sent.ts'
import { inDirection } from './denoising-input.ts'
import type { Model } from './model.ts'

export function sentTo(
  { name, card }: Pick<Model, 'name' | 'card'>,
  input: Readonly<Record<string, unknown>>,
  { scheduler }: Pick<Planned, 'scheduler'>,
): Sent {
  const { fields } = card
  const toldAs = (field: string | undefined): unknown =>
    field === undefined ? undefined : input[field]
  const numberOf = (field: string | undefined): number | undefined => {
    const value = toldAs(field)
    return typeof value === 'number' ? value : undefined
  }
  const strength = numberOf(fields.strength)
  const denoiseStrength =
    strength === undefined || !card.strength ? undefined : inDirection(card.strength, strength)
  const steps = numberOf(fields.steps)
  return {
    model: name,
    hasNegativePrompt: Boolean(toldAs(fields.negativePrompt)),
    denoiseStrength,
    steps,
    evaluations: evaluationsOf(steps, denoiseStrength),
    guidanceScale: numberOf(fields.guidance),
    // Under the model's own name for it.
    scheduler: toldAs(fields.scheduler) === undefined ? undefined : scheduler,
    images: numberOf(fields.images),
  }
}
