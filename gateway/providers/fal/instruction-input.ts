/** The input of Seedream's edits: an instruction, the references, and a size that is large enough. */
import { largeEnough, leftOut, notForInstructions } from '../instructed.ts'
import type { InstructedApp } from './apps.ts'
import type { Asking, Composed } from './composition.ts'

export function composeInstructions(order: Asking, app: InstructedApp): Composed {
  const { job, planned, size } = order
  const { name } = app
  const reason = notForInstructions(order, name)
  if (reason !== undefined) return { fits: false, reason }
  if (planned.mode === 'txt2img') {
    return { fits: false, reason: `${name} changes pictures, and there is none.` }
  }
  if (planned.prompt.trim() === '') {
    return { fits: false, reason: `${name} needs a prompt that says what to change.` }
  }
  const large = size && largeEnough(size, app.sizes)
  const references = 1 + (job.furtherReferences?.length ?? 0)
  const shown = Math.min(references, app.references.most)
  const images = Math.min(planned.images, app.images.most, app.mostPictures - shown)
  const seed = planned.seed % SEEDS
  const notes: string[] = [...leftOut(order, name)]
  if (size && large && (large.width !== size.width || large.height !== size.height)) {
    const made = `${large.width} × ${large.height}`
    notes.push(`The picture is ${made}: ${name} makes none of ${size.width} × ${size.height}.`)
  }
  if (references > shown) notes.push(`${name} takes ${shown} references, not ${references}.`)
  if (images < planned.images) {
    notes.push(`${name} makes ${images} pictures of ${shown} references, not ${planned.images}.`)
  }
  if (seed !== planned.seed) {
    notes.push(`The seed is ${seed}, as ${name} has none of ${planned.seed}.`)
  }
  if (!app.tellsSeed) notes.push(`${name} does not say which seed it drew by.`)
  const input = {
    prompt: planned.prompt,
    image_size: large ?? app.ownSize,
    num_images: images,
    max_images: 1,
    seed,
    enable_safety_checker: true,
  }
  return { fits: true, input, notes }
}

/** Of 31 bits, as Seedream's maker has them. */
const SEEDS = 2 ** 31
