/** What models that change a picture as the prompt instructs have in common: what they cannot do, and what they leave. */
import type { Size } from '#contract'
import type { Order } from './provider.ts'

/** Why such a model is not the one for a job; undefined where it may be. */
export function notForInstructions(
  { planned }: Pick<Order, 'planned'>,
  name: string,
): string | undefined {
  if (planned.mode === 'copy') return `${name} changes pictures as it is told and cannot copy them.`
  if (planned.mode === 'modify' && planned.evaluations === 0) {
    return `${name} cannot give a reference back unchanged.`
  }
  return undefined
}

/** A sentence for each wish that such a model is not told of. */
export function leftOut({ job, planned }: Pick<Order, 'job' | 'planned'>, name: string) {
  const { asked } = job
  const isMeasured = asked.denoiseStrength !== undefined || asked.referenceStrength !== undefined
  const wishes = [
    ['strength', planned.mode === 'modify' && isMeasured],
    ['negative prompt', planned.negativePrompt !== null],
    ['number of steps', asked.steps !== undefined],
    ['guidance scale', asked.guidanceScale !== undefined],
    ['scheduler', asked.scheduler !== undefined],
  ] as const
  return wishes.flatMap(([what, isAsked]) =>
    isAsked ? [`The ${what} is left out: ${name} takes none.`] : [],
  )
}

export interface SizeLimits {
  readonly leastSide: number
  readonly mostSide: number
  readonly leastArea: number
}

/** The same aspect with the least area there is, in multiples of 8, as far as the sides allow. */
export function largeEnough({ width, height }: Size, limits: SizeLimits): Size {
  const scale = Math.max(1, Math.sqrt(limits.leastArea / (width * height)))
  const side = (pixels: number) =>
    Math.min(limits.mostSide, Math.max(limits.leastSide, Math.ceil((pixels * scale) / 8) * 8))
  return { width: side(width), height: side(height) }
}
