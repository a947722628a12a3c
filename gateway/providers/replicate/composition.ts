/** What a model is sent for a job, and what of the job that leaves out: one answer for `fit` and `submit`. */
import type { Order } from '../provider.ts'
import { unheeded } from '../unheeded.ts'
import { composeDenoising } from './denoising-input.ts'
import { composeInstructions } from './instruction-input.ts'
import type { Model } from './model.ts'

export type Asking = Pick<Order, 'job' | 'planned' | 'size'>

export type Composition =
  | {
      readonly fits: true
      readonly input: Readonly<Record<string, unknown>>
      /** Where the references go; undefined in txt2img. */
      readonly pictures: Pictures | undefined
      readonly notes: readonly string[]
    }
  | { readonly fits: false; readonly reason: string }

export interface Pictures {
  readonly field: string
  /** Whether all references go there, as a list, or the first alone. */
  readonly isList: boolean
  /** Whether the reference must be brought to the picture's size first. */
  readonly isSizeDecisive: boolean
  /** Told as well where the model takes them. */
  readonly width?: string | undefined
  readonly height?: string | undefined
}

export function compose(order: Asking, model: Model): Composition {
  if (order.job.asked.quality === 'turbo') {
    return { fits: false, reason: `${model.name} was not distilled for quality turbo.` }
  }
  const { prompt } = model.card.fields
  if (model.schema && !model.schema.has(prompt)) {
    return { fits: false, reason: `${model.name} takes no ${prompt}.` }
  }
  const made =
    model.card.kind === 'instructions'
      ? composeInstructions(order, model)
      : composeDenoising(order, model)
  if (!made.fits) return made
  const { name, card } = model
  const unheard = unheeded(order, { name, isReferenceCut: card.hasReferenceSize })
  return { ...made, notes: [...made.notes, ...unheard] }
}
