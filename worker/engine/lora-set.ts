/** Which LoRAs an engine has open, in the one form in which two jobs that want the same picture agree. */
import type { AskedLora } from '#models/lora/open-loras.ts'

export interface LoraSet {
  /** Equal for equal sets alone. */
  readonly key: string
  readonly loras: readonly AskedLora[]
}

/**
 * Without those of strength 0, which add nothing, and sorted: the order only changes how sums are rounded, but even so a
 * job's picture must not depend on it.
 */
export function loraSet(asked: readonly AskedLora[]): LoraSet {
  const loras = asked
    .filter(({ strength }) => strength !== 0)
    .map(({ path, strength }) => ({ path, strength }))
    .toSorted((a, b) => compare(a.path, b.path) || a.strength - b.strength)
  return { key: JSON.stringify(loras), loras }
}

/** By code units, which no locale changes. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
