/** The seam between a daemon and its engine: one order of pictures, drawn. */
import type { Drawing, Planned, RgbImage } from '#contract'
import type { AskedLora } from '#models/lora/open-loras.ts'
import type { Generated } from '#pipeline/generate.ts'
import type { Progress } from '#pipeline/stages.ts'
import type { Engine } from '#worker/engine/engine.ts'

export interface Order extends Drawing {
  readonly planned: Planned
  readonly loras: readonly AskedLora[]
  /** Of the drawn size; without one the picture begins as noise. */
  readonly reference?: RgbImage | undefined
}

export interface DrawWatch {
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
}

/** Settles always: whoever draws watches over itself, and rejects with a Failure where it stood still. */
export type Draw = (order: Order, watch: DrawWatch) => Promise<Generated>

/** The hold that a daemon has on whatever draws, when that stands still. */
export interface EngineHold {
  /** Of the process that is there now. */
  readonly pid: number | undefined
  /** Milliseconds that it may now stand still before its own watchdog ends it. */
  readonly patience: number
  readonly replaceHung: () => void
}

export function drawOn(engine: Engine): Draw {
  return ({ planned, drawn, reference, loras }, watch) =>
    engine.run({ ...planned, ...drawn, ...(reference && { reference }) }, { ...watch, loras })
}
