/** What a part's process is told, and the lines in which it says what it finds, as it finds it. */
import { z } from 'zod'
import { loweringNames } from './lowerings.ts'

export const partTask = z.object({
  part: z.string(),
  device: z.enum(['cpu', 'cuda', 'webgpu']),
  /** The least sizes and counts, to try the bench itself. */
  small: z.boolean(),
  /** A file; empty for parts that need none. */
  checkpoint: z.string(),
  /** The spelling of our networks that this machine was found to run. */
  lowering: z.enum(loweringNames),
  /** Of the whole card; null where there is none. */
  gpuMemoryMb: z.number().nullable(),
  /** One that lasts until the bench ends, and one for what a person may want to look at. */
  folders: z.object({ temporary: z.string(), out: z.string() }),
  /** Steps not to take: done, or the end of an earlier process. */
  skip: z.array(z.string()),
})
export type PartTask = z.infer<typeof partTask>

/** One thing that was found. `what` is unique within its part; `failed` says why there is nothing more. */
export const row = z.looseObject({ what: z.string(), failed: z.string().optional() })
export type Row = z.infer<typeof row>

/** One line each, as JSON, to the file descriptor that the environment names in ROWS_FD. */
export const said = z.union([
  z.object({ step: z.string() }),
  z.object({ row }),
  z.object({ done: z.literal(true) }),
])
export type Said = z.infer<typeof said>

/** A step of a part: its rows are worth keeping each for itself. */
export interface Step {
  readonly name: string
  run(report: (row: Row) => void): Promise<void> | void
}

export type Steps = (task: PartTask) => Promise<readonly Step[]> | readonly Step[]

/** undefined for what is no such line, such as one that a dying process left half said. */
export function readSaid(line: string): Said | undefined {
  try {
    return said.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
