/** What an element is, in few words and without its content. */
import { identify, readPayload, type WaitingElement } from '#contract'

export interface DescribedElement {
  /** Undefined where it has none yet, or none that can be read. */
  readonly id?: string
  /** The job's mode, or why it is none. */
  readonly mode: string
  readonly bytes: number
  /** In ms since 1970, by the clock of who pushed it. */
  readonly pushedAt?: number
}

export function describeElement({ raw, bytes }: WaitingElement): DescribedElement {
  if (raw === undefined) return { mode: 'too large', bytes }
  const reading = readPayload(raw)
  if (reading.kind === 'unnamed') {
    const { id: _, ...others } = describeElement({ raw: named(raw), bytes })
    return others
  }
  if (reading.kind === 'job') {
    const { mode, pushedAt } = reading.job
    return { id: reading.id, mode, bytes, ...(pushedAt !== undefined && { pushedAt }) }
  }
  if (reading.kind === 'unreadable') return { mode: 'unreadable', bytes }
  return { ...(reading.id !== undefined && { id: reading.id }), mode: 'refused', bytes }
}

/** With an id, for its mode is read with one alone; what cannot be given one reads as no payload. */
const named = (raw: string): string => identify(raw, () => 'unnamed')?.normalised ?? ''
