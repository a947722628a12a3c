/** The inputs of Seedream, which changes pictures as it is told and knows neither strength nor steps. */
import type { Size } from '#contract'
import { largeEnough, leftOut, notForInstructions, type SizeLimits } from '../instructed.ts'
import type { Asking, Composition } from './composition.ts'
import { gatherInputs, type Inputs } from './inputs.ts'
import type { Model } from './model.ts'

/** Of a picture of Seedream 4.5. */
const SIZES: SizeLimits = { leastSide: 1024, mostSide: 4096, leastArea: 2560 * 1440 }

export function composeInstructions(order: Asking, model: Model): Composition {
  const { planned, size } = order
  const { name } = model
  const reason = notForInstructions(order, name)
  if (reason !== undefined) return { fits: false, reason }
  const inputs = gatherInputs(model)
  for (const [field, value] of Object.entries(model.card.fixed)) inputs.set(field, value)
  inputs.set(model.card.fields.prompt, planned.prompt)
  setSize(inputs, { size, hasReference: planned.mode === 'modify' }, model)
  for (const note of leftOut(order, name)) inputs.note(note)
  inputs.note(`${name} takes no seed: a second run is another picture.`)
  if (planned.images > 1) inputs.note(`${name} makes one picture, not ${planned.images}.`)
  const field = model.card.fields.image ?? 'image_input'
  const pictures = { field, isList: true, isSizeDecisive: false }
  return {
    fits: true,
    input: inputs.values,
    pictures: planned.mode === 'modify' ? pictures : undefined,
    notes: inputs.notes,
  }
}

interface Wish {
  readonly size: Size | undefined
  readonly hasReference: boolean
}

function setSize(inputs: Inputs, { size, hasReference }: Wish, { name, card }: Model): void {
  const { width, height } = card.fields
  if (size && inputs.takes(width) && inputs.takes(height) && inputs.set('size', 'custom')) {
    const large = largeEnough(size, SIZES)
    inputs.set(width, large.width)
    inputs.set(height, large.height)
    const isLarger = large.width !== size.width || large.height !== size.height
    const made = `${large.width} × ${large.height}`
    if (isLarger)
      inputs.note(`The picture is ${made}: ${name} makes none of ${size.width} × ${size.height}.`)
    return
  }
  inputs.set('size', '2K')
  inputs.set('aspect_ratio', hasReference ? 'match_input_image' : '1:1')
  if (size)
    inputs.note(`The picture is of a size of ${name}’s own, not ${size.width} × ${size.height}.`)
}
