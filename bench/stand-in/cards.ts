/** What becomes of a picture on cards of less and less memory: whole, in tiles, frugal, or a failure that says so. */
import { z } from 'zod'
import { freshProcess } from '../measure/fresh-process.ts'

export const cardFound = z.union([
  z.object({
    drew: z.literal(true),
    /** Memory ran out once, and the job was run again in a new process. */
    isRetried: z.boolean(),
    /** The VAE worked in tiles. */
    tiled: z.boolean(),
    /** From the start, and never beside the UNet. */
    frugal: z.boolean(),
  }),
  z.object({
    drew: z.literal(false),
    isRetried: z.boolean(),
    code: z.string(),
    message: z.string(),
  }),
])
export type CardFound = z.infer<typeof cardFound>

/** GB of memory that CUDA itself and other programs have left free: from cards of 6 GB to those of 24. */
const CARDS_GB = [5, 6, 7, 8, 9, 10, 11, 12, 16, 24] as const

export interface CardRow {
  readonly freeGb: number
  readonly found: CardFound
}

export interface CardOptions {
  readonly checkpoint: string
  readonly pixels: number
  /** The folder of the stand-in. */
  readonly libraries: string
}

export async function drawOnCards({ libraries, ...task }: CardOptions): Promise<CardRow[]> {
  const rows: CardRow[] = []
  for (const freeGb of CARDS_GB) {
    const env = { LD_LIBRARY_PATH: libraries, STAND_IN_MEMORY_MB: String(freeGb * 1024) }
    const script = new URL('cards-once.ts', import.meta.url)
    rows.push({ freeGb, found: await freshProcess({ script, task, found: cardFound, env }) })
  }
  return rows
}

/** A word or two for the table. */
export function outcome({ found }: CardRow): string {
  if (!found.drew) return found.code
  if (found.frugal) return `frugal${found.isRetried ? ', after one retry' : ''}`
  return found.tiled ? 'VAE in tiles' : 'whole'
}
