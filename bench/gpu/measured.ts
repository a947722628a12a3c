/** What is told of every network that is measured: opening it, its first run, the next ones, and the rate of its work. */
import type { Checkpoint } from '#models/checkpoints/checkpoint.ts'
import { openSubject, type Subject, type SubjectName, type SubjectOptions } from './subject.ts'
import { type Timing, timed } from './timing.ts'

export interface Measured extends Timing {
  readonly openMs: number
  readonly precision: string
  readonly lowering: string
  readonly pixels: number
  readonly batch: number
  readonly nodes: number | undefined
  readonly weightBytes: number | undefined
  readonly activationBytes: number | undefined
  /** 10¹² operations in one run, and in a second of running; two for each multiplication and addition. */
  readonly teraOperations: number | undefined
  readonly teraflops: number | undefined
}

export interface MeasuredOptions extends SubjectOptions {
  readonly pixels: number
  readonly runs: number
  /** Called while it is open, after it was timed. */
  readonly also?: (subject: Subject) => Promise<void>
}

export async function measured(
  checkpoint: Checkpoint,
  name: SubjectName,
  options: MeasuredOptions,
): Promise<Measured> {
  const { pixels, runs, precision, lowering, batch = 1, also } = options
  await using subject = await openSubject(checkpoint, name, options)
  const timing = await timed(runs, () => subject.run(pixels))
  const tera = subject.census && subject.census.operations / 1e12
  await also?.(subject)
  return {
    lowering,
    precision,
    pixels,
    batch,
    openMs: subject.openMs,
    ...timing,
    nodes: subject.census?.nodes,
    weightBytes: subject.census?.weightBytes,
    activationBytes: subject.census?.activationBytes,
    teraOperations: tera,
    teraflops: tera && tera / (timing.steadyMs / 1000),
  }
}
