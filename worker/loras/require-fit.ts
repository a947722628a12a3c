/** Opens every LoRA of a catalogue for a checkpoint, so that one that does not fit is found before a job asks for it. */
import { Failure } from '#contract'
import { openLora } from '#models/lora/lora-file.ts'
import { moduleNames } from '#models/lora/module-names.ts'
import { type AdaptableParts, loraTargets } from '#models/lora/targets.ts'
import type { LoraCatalogue } from './catalogue.ts'

/**
 * Reads headers alone. Throws `checkpoint-unsupported` naming every entry that is for another model, with the count
 * of keys that fit, and every one that is damaged.
 */
export async function requireFit(
  { path, entries }: Pick<LoraCatalogue, 'path' | 'entries'>,
  checkpoint: AdaptableParts,
): Promise<void> {
  const names = moduleNames(loraTargets(checkpoint), checkpoint.unet.config)
  const problems: string[] = []
  // One after the other, since a catalogue may be longer than the list of files that a process may have open.
  for (const entry of entries) {
    try {
      await openLora(entry.path, names)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      problems.push(`${entry.id}: ${error.message}`)
    }
  }
  if (problems.length === 0) return
  throw new Failure(
    'checkpoint-unsupported',
    `The LoRA catalogue ${path} does not fit the checkpoint: ${problems.join(' ')}`,
  )
}
