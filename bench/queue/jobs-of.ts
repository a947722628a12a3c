/** The jobs that a daemon under watch is given, in the words of today's producers. */
import { randomUUID } from 'node:crypto'
import { txt2img } from '#worker/daemon/workshop.case.ts'

export const loads = ['none', 'changes', 'mixed', 'smallest'] as const
/**
 * `changes`: MODIFY, one picture. `mixed`: the same, then COPY of the reference's own aspect, then four pictures.
 * `smallest`: no reference, one picture.
 */
export type Load = (typeof loads)[number]

/** Of its number, the element to push; undefined for no load at all. */
export function jobsOf(load: Load, reference: string): ((index: number) => string) | undefined {
  const changed = { reference_image_url: reference, denoise_strength: 0.2 }
  const change = () => ({ metadata: changed })
  const copy = () => ({ metadata: { ...changed, exact_copy_mode: true } })
  const four = () => ({ metadata: changed, config: { num_images: 4 } })
  const kinds = {
    none: [],
    changes: [change],
    mixed: [change, copy, four],
    smallest: [() => ({})],
  }[load]
  if (kinds.length === 0) return undefined
  return (index) => txt2img(randomUUID(), kinds[index % kinds.length]?.())
}
