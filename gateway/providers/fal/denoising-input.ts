/** The input of fast-sdxl: all that SDXL can be told, in its names and within its ranges. */
import { enoughSteps } from '../enough-steps.ts'
import { inMultiples } from '../place-references.ts'
import type { DenoisingApp, Range } from './apps.ts'
import type { Asking, Composed } from './composition.ts'

export function composeDenoising(order: Asking, app: DenoisingApp): Composed {
  const { planned } = order
  const { mode, denoiseStrength, evaluations } = planned
  const { name, strength: range } = app
  if (mode !== 'txt2img' && !range) {
    return { fits: false, reason: `${name} makes pictures from text alone.` }
  }
  if (evaluations === 0) {
    return { fits: false, reason: `${name} cannot give a reference back unchanged.` }
  }
  const strength = range ? within(denoiseStrength, range) : denoiseStrength
  if (mode === 'copy' && strength > denoiseStrength) {
    const reason = `${name} changes at least ${strength} of a reference, and COPY is to change ${denoiseStrength}.`
    return { fits: false, reason }
  }
  const steps = enoughSteps({ ...planned, denoiseStrength: strength }, app.steps.most)
  if (steps === undefined) {
    const reason = `${name} has too few steps for a denoise strength of ${strength}.`
    return { fits: false, reason }
  }
  const sent = {
    strength,
    steps: within(steps, app.steps),
    guidanceScale: within(planned.guidanceScale, app.guidance),
    images: within(planned.images, app.images),
  }
  const input = {
    prompt: planned.prompt,
    negative_prompt: planned.negativePrompt ?? '',
    num_inference_steps: sent.steps,
    guidance_scale: sent.guidanceScale,
    num_images: sent.images,
    seed: planned.seed,
    format: 'png',
    expand_prompt: false,
    enable_safety_checker: true,
    ...(mode === 'txt2img' ? sizeOf(order, app) : { strength }),
  }
  return { fits: true, input, notes: notesOf(order, sent, app) }
}

const within = (wanted: number, { least, most }: Range): number =>
  Math.min(most, Math.max(least, wanted))

/** Of a picture from a reference, the reference's size decides, which is brought to it first. */
function sizeOf({ size }: Asking, { multiple }: DenoisingApp) {
  return size ? { image_size: inMultiples(size, multiple) } : {}
}

interface Sent {
  readonly strength: number
  readonly steps: number
  readonly guidanceScale: number
  readonly images: number
}

function notesOf({ job, planned, size }: Asking, sent: Sent, app: DenoisingApp): readonly string[] {
  const { name, multiple } = app
  const { strength, steps } = sent
  const hasReference = planned.mode !== 'txt2img'
  const notes: string[] = []
  const changes = [
    ['denoise strength', strength, planned.denoiseStrength],
    // More steps than were planned are for the strength's sake, and noted below.
    ['number of steps', Math.min(steps, planned.steps), planned.steps],
    ['guidance scale', sent.guidanceScale, planned.guidanceScale],
    ['number of pictures', sent.images, planned.images],
  ] as const
  for (const [what, is, wanted] of changes) {
    if (is !== wanted)
      notes.push(`The ${what} is ${is} instead of ${wanted}: ${name} goes no further.`)
  }
  if (steps > planned.steps) {
    const why = `so that a denoise strength of ${strength} runs one`
    notes.push(`${steps} steps are planned instead of ${planned.steps}, ${why}.`)
  }
  if (size) {
    const { width, height } = inMultiples(size, multiple)
    const isOther = width !== size.width || height !== size.height
    const rule = `sides of ${name} are multiples of ${multiple}`
    if (isOther)
      notes.push(
        `The picture is ${width} × ${height} instead of ${size.width} × ${size.height}: ${rule}.`,
      )
  } else if (planned.mode === 'copy') {
    notes.push(
      `The picture’s sides are brought to multiples of ${multiple}, as ${name} makes them.`,
    )
  }
  if (job.asked.scheduler !== undefined) {
    notes.push(`The scheduler ${planned.scheduler} is left out: ${name} uses its own.`)
  }
  if (hasReference && job.furtherReferences?.length) {
    notes.push(`${name} takes one reference: the further ones are left out.`)
  }
  return notes
}
