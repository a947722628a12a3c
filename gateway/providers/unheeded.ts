/** What of a job no provider but our own workers heeds, a sentence each, for the caller. */
import type { Order } from './provider.ts'

export interface ModelAsked {
  /** For sentences. */
  readonly name: string
  /** Whether the reference is cut to the picture's size before it is sent. */
  readonly isReferenceCut: boolean
}

export function unheeded(
  { job, planned }: Pick<Order, 'job' | 'planned'>,
  { name, isReferenceCut }: ModelAsked,
): readonly string[] {
  const notes: string[] = []
  if (job.loras.length > 0) {
    const ids = job.loras.map(({ id }) => id).join(', ')
    notes.push(`Left out, since ${name} has no LoRAs of ours: ${ids}.`)
  }
  if (planned.promptSyntax !== 'none') {
    notes.push(`${name} reads the weights in the prompt as plain text.`)
  }
  if (job.asked.guidanceInterval) notes.push(`${name} guides every step.`)
  if (job.asked.windows !== undefined)
    notes.push(`${name} decides itself how much prompt it reads.`)
  const isCut = planned.mode === 'modify' && isReferenceCut
  if (isCut && (job.resize === 'contain' || job.resize === 'stretch')) {
    notes.push(`The reference is cut to the size, in place of resize ${job.resize}.`)
  }
  return notes
}
