/** What a worker says of itself at every beat: for whoever routes jobs to workers, or decides how many there are. */
import { z } from 'zod'
import { modes } from './modes.ts'

/** `degraded`: it takes nothing until a self-test has passed. */
export const workerStates = ['idle', 'busy', 'degraded', 'draining'] as const
export type WorkerStateName = (typeof workerStates)[number]

/** `demo`: small ones of little things, to see how it works. `nonsense`: of a network that has learnt nothing. */
export const lesserPictures = ['demo', 'nonsense'] as const
export type LesserPictures = (typeof lesserPictures)[number]

export const enhancementHealth = z.object({
  available: z.boolean(),
  why: z.string().optional(),
})
export type EnhancementHealth = Readonly<z.infer<typeof enhancementHealth>>

/** As `1024x768`, in pixels. */
const size = z.string().regex(/^\d+x\d+$/)

const healthReport = z.object({
  /** Of i2i. */
  version: z.string(),
  state: z.enum(workerStates),
  /** Why it is degraded: a code of the failure table. */
  reason: z.string().optional(),
  /** Jobs it holds, and the seconds of its engine's time that they will take, as far as it can tell. */
  inFlight: z.int().min(0),
  heldSeconds: z.number().min(0),
  device: z.enum(['cpu', 'cuda', 'webgpu']).optional(),
  /** Which of the machine's. */
  gpu: z.string().optional(),
  /** Name of the file or folder, without where it lies. */
  checkpoint: z.string(),
  /** What the checkpoint gives; absent where it is what SDXL gives. */
  pictures: z.enum(lesserPictures).optional(),
  modes: z.array(z.enum(modes)),
  /** What it draws at; absent where any size is drawn as asked. */
  sizes: z.array(size).optional(),
  /** Whether it has a catalogue of LoRAs. */
  loras: z.boolean(),
  /** Whether prompts are enhanced now; where not, why, as a sentence with its mend. Absent: an older worker, which has none. */
  enhancement: enhancementHealth.optional(),
  /** Measured: seconds of the engine's time, an image. A class is not there before its first job. */
  service: z.array(z.object({ mode: z.enum(modes), size, seconds: z.number().min(0) })),
})

export type HealthReport = Readonly<z.infer<typeof healthReport>>
export type ServiceTime = HealthReport['service'][number]

/** `text` as `Queue.workers` gives it. Undefined for what another version says that is understood no more. */
export function readHealthReport(text: string | undefined): HealthReport | undefined {
  try {
    return healthReport.safeParse(JSON.parse(text ?? '')).data
  } catch {
    return undefined
  }
}
