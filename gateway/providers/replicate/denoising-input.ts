/** The inputs of a model that denoises: SDXL and its kin, from text or from a share of a reference. */
import type { Planned } from '#contract'
import { enoughSteps } from '../enough-steps.ts'
import type { Asking, Composition, Pictures } from './composition.ts'
import { gatherInputs, type Inputs, rangeOf } from './inputs.ts'
import type { Model } from './model.ts'
import type { StrengthDirection } from './model-cards.ts'

export function composeDenoising(order: Asking, model: Model): Composition {
  const { job, planned, size } = order
  const { fields } = model.card
  const hasReference = planned.mode !== 'txt2img'
  const reason = hasReference ? whyNot(planned, model) : undefined
  if (reason !== undefined) return { fits: false, reason }
  const steps = enoughSteps(planned, rangeOf(model, fields.steps, model.card.steps).most)
  if (steps === undefined) {
    const reason = `${model.name} has too few steps for a denoise strength of ${planned.denoiseStrength}.`
    return { fits: false, reason }
  }

  const inputs = gatherInputs(model)
  for (const [name, value] of Object.entries(model.card.fixed)) inputs.set(name, value)
  inputs.set(fields.prompt, planned.prompt)
  setNegativePrompt(inputs, planned.negativePrompt, model)
  setSteps(inputs, { order, steps }, model)
  inputs.setNumber(fields.guidance, planned.guidanceScale, {
    range: model.card.guidance,
    called: 'guidance scale',
    missing:
      job.asked.guidanceScale === undefined
        ? undefined
        : `The guidance scale is ${model.name}’s own.`,
  })
  setSeed(inputs, planned.seed, model)
  setImages(inputs, planned.images, model)
  setScheduler(inputs, order, model)
  if (hasReference) setStrength(inputs, planned.denoiseStrength, model)
  else setSize(inputs, size, model)
  if (job.furtherReferences?.length) {
    inputs.note(`${model.name} takes one reference: the further ones are left out.`)
  }
  const pictures = hasReference ? picturesOf(inputs, model) : undefined
  return { fits: true, input: inputs.values, pictures, notes: inputs.notes }
}

function whyNot(planned: Planned, model: Model): string | undefined {
  const { name, card, schema } = model
  const { image, strength } = card.fields
  if (image === undefined || (schema && !schema.has(image))) {
    return `${name} makes pictures from text alone.`
  }
  if (strength === undefined || (schema && !schema.has(strength))) {
    return `${name} has no input for how much of a reference is changed.`
  }
  if (card.strength === undefined) {
    const mend = 'Say it with REPLICATE_STRENGTH=denoise or REPLICATE_STRENGTH=reference.'
    return `Whether a high ${strength} of ${name} changes the reference much or keeps it is not known. ${mend}`
  }
  if (planned.evaluations === 0) return `${name} cannot give a reference back unchanged.`
  const { least, most } = rangeOf(model, strength, SHARE)
  const value = inDirection(card.strength, planned.denoiseStrength)
  if (planned.mode === 'copy' && (value < least || value > most)) {
    return `${name} changes a reference by more than COPY does.`
  }
  return undefined
}

/** None is said to be none, since models have one of their own. */
function setNegativePrompt(inputs: Inputs, text: string | null, { name, card }: Model): void {
  const missing = `The negative prompt is left out: ${name} takes none.`
  inputs.set(card.fields.negativePrompt, text ?? '', text === null ? undefined : missing)
}

interface StepsWish {
  readonly order: Asking
  /** That are enough. */
  readonly steps: number
}

function setSteps(inputs: Inputs, { order, steps }: StepsWish, { name, card }: Model): void {
  const { job, planned } = order
  const missing =
    job.asked.steps === undefined ? undefined : `The number of steps is ${name}’s own.`
  inputs.setNumber(card.fields.steps, steps, {
    range: card.steps,
    called: 'number of steps',
    missing,
  })
  if (steps === planned.steps || !inputs.takes(card.fields.steps)) return
  const why = `so that a denoise strength of ${planned.denoiseStrength} runs one`
  inputs.note(`${steps} steps are planned instead of ${planned.steps}, ${why}.`)
}

function setSeed(inputs: Inputs, seed: number, model: Model): void {
  const { least, most } = rangeOf(model, model.card.fields.seed, model.card.seeds)
  const folded = seed > most ? seed % (most + 1) : seed
  inputs.setNumber(model.card.fields.seed, folded, {
    range: { least, most },
    called: 'seed',
    missing: `${model.name} takes no seed: a second run is another picture.`,
  })
  if (folded !== seed) inputs.note(`The seed is ${folded}, as ${model.name} has none of ${seed}.`)
}

function setImages(inputs: Inputs, images: number, { name, card }: Model): void {
  inputs.setNumber(card.fields.images, images, {
    range: card.images,
    called: 'number of pictures',
    missing: images > 1 ? `${name} makes one picture, not ${images}.` : undefined,
  })
}

function setScheduler(inputs: Inputs, { job, planned }: Asking, { name, card, schema }: Model) {
  const { scheduler: field } = card.fields
  const names = card.schedulers[planned.scheduler] ?? []
  const choices = schema?.get(field ?? '')?.choices
  const known = names.find((one) => !choices || choices.includes(one))
  const isAsked = job.asked.scheduler !== undefined
  const missing = `The scheduler ${planned.scheduler} is not one of ${name}’s, which uses its own.`
  if (known !== undefined) inputs.set(field, known, isAsked ? missing : undefined)
  else if (isAsked) inputs.note(missing)
}

function setStrength(inputs: Inputs, denoise: number, { card }: Model): void {
  const { fields, strength } = card
  if (!strength) return
  const about = { range: SHARE, called: fields.strength ?? 'strength' }
  inputs.setNumber(fields.strength, inDirection(strength, denoise), about)
}

/** Six decimals, so that 1 − 0.8 is the 0.2 that was meant. */
export const inDirection = (direction: StrengthDirection, denoise: number): number =>
  direction === 'denoise' ? denoise : Math.round((1 - denoise) * 1e6) / 1e6

const SHARE = { least: 0, most: 1 }

function setSize(inputs: Inputs, size: Asking['size'], { name, card }: Model): void {
  if (!size) return
  const { width, height } = card.fields
  const missing = `${name} makes pictures of its own size, not ${size.width} × ${size.height}.`
  if (inputs.takes(width) && inputs.takes(height)) {
    inputs.setNumber(width, size.width, { range: SIDES, called: 'width' })
    inputs.setNumber(height, size.height, { range: SIDES, called: 'height' })
  } else inputs.note(missing)
}

const SIDES = { least: 64, most: 4096 }

function picturesOf(inputs: Inputs, { card }: Model): Pictures {
  const { image, width, height } = card.fields
  const sides = inputs.takes(width) && inputs.takes(height) ? { width, height } : {}
  return { field: image ?? 'image', isList: false, isSizeDecisive: card.hasReferenceSize, ...sides }
}
