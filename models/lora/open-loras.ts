/** The LoRAs that were asked for, opened for the checkpoint that they are to adapt. */
import { type LoraFile, openLora } from './lora-file.ts'
import { moduleNames } from './module-names.ts'
import { type AdaptableParts, loraTargets } from './targets.ts'

export interface AskedLora {
  /** A .safetensors file. */
  readonly path: string
  /** Factor of all it adds: 1 is as it was trained, 0 nothing, below 0 the opposite. */
  readonly strength: number
}

export interface ChosenLora {
  readonly file: LoraFile
  readonly strength: number
}

/** Throws what `openLora` throws for the first that is not a LoRA for this checkpoint. */
export async function openLoras(
  parts: AdaptableParts,
  asked: readonly AskedLora[],
): Promise<readonly ChosenLora[]> {
  if (asked.length === 0) return []
  const names = moduleNames(loraTargets(parts), parts.unet.config)
  return Promise.all(
    asked.map(async ({ path, strength }) => ({ file: await openLora(path, names), strength })),
  )
}
