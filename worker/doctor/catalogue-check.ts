/** Checks the operator's catalogue of LoRAs, where there is one: that it reads, and that all of it fits. */
import { resolve } from 'node:path'
import { Failure } from '#contract'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { readCatalogue } from '#worker/loras/catalogue.ts'
import { requireFit } from '#worker/loras/require-fit.ts'
import { type Finding, ok, wrong } from './finding.ts'
import type { Machine } from './machine.ts'

export async function checkCatalogue({
  config: { loraCatalogue, checkpoint, folder },
}: Pick<Machine, 'config'>): Promise<Finding | undefined> {
  if (loraCatalogue === undefined) return undefined
  try {
    const catalogue = await readCatalogue(resolve(folder, loraCatalogue))
    const found = `${catalogue.path}, ${catalogue.entries.length} of them`
    if (checkpoint === undefined) return ok(`${found}; whether they fit depends on the checkpoint`)
    const opened = await openCheckpoint(resolve(folder, checkpoint)).catch(() => undefined)
    // What is the matter with the checkpoint is its own check's to say.
    if (!opened) return ok(`${found}; whether they fit cannot be told without the checkpoint`)
    await requireFit(catalogue, opened)
    return ok(`${found}; all fit the checkpoint`)
  } catch (error) {
    // A Failure names its mend.
    if (error instanceof Failure) return wrong(error.message.replace(/\.$/, ''))
    throw error
  }
}
