/** The models of tests, and what they would be sent for an order. */
import { type OrderWish, orderOf } from '../order.case.ts'
import { compose } from './composition.ts'
import { cardBySchema, readInputSchema } from './input-schema.ts'
import type { Model } from './model.ts'
import { modelCards, type StrengthDirection } from './model-cards.ts'
import { stubModels, versionOf } from './model-schemas.case.ts'

const card = (name: string) => {
  const found = modelCards[name]
  if (!found) throw new Error(name)
  return found
}
export const schemaOf = (name: string) => {
  const model = stubModels[name]
  const schema = model && readInputSchema(versionOf(model).openapi_schema)
  if (!schema) throw new Error(name)
  return schema
}
export const sdxl: Model = {
  name: 'stability-ai/sdxl',
  card: card('stability-ai/sdxl'),
  path: 'predictions',
}
export const rv51: Model = { ...sdxl, name: 'rv51', card: card('lucataco/realistic-vision-v5.1') }
export const seedream: Model = { ...sdxl, name: 'seedream', card: card('bytedance/seedream-4.5') }
export const finetune = (strength?: StrengthDirection): Model => {
  const schema = schemaOf('somebody/finetune')
  return { ...sdxl, name: 'finetune', card: { ...cardBySchema(schema), strength }, schema }
}

export function fitting(wish: OrderWish, model: Model) {
  const composed = compose(orderOf(wish), model)
  if (!composed.fits) throw new Error(composed.reason)
  return composed
}
export const reasonOf = (wish: OrderWish, model: Model) => {
  const composed = compose(orderOf(wish), model)
  return composed.fits ? undefined : composed.reason
}
