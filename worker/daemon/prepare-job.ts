/** From an element of the queue to an order for the engine: all that can be done, and refused, without it. */
import { Failure, type Job, readPayload } from '#contract'
import type { Order } from './draw.ts'
import { fetchReference } from './fetch-reference.ts'
import { drawingOf } from './job-size.ts'
import { planJob } from './model.ts'
import { requirePass } from './require-pass.ts'
import type { Workshop } from './workshop.ts'

export interface Prepared {
  readonly job: Job
  readonly order: Order
  /** Milliseconds that fetching and decoding the reference took. */
  readonly reference: number
}

/** Throws the Failure that the job ends with, or is tried again after. */
export async function prepareJob(
  raw: string,
  workshop: Workshop,
  signal: AbortSignal,
): Promise<Prepared> {
  const job = readJob(raw)
  requireTime(job)
  const { model } = workshop
  const { planned, loras } = planJob(job, model)
  await requirePass(workshop.screen, job, 'asked')

  const start = performance.now()
  const bytes = await fetchReference(job, workshop, signal)
  const size = bytes && (await workshop.decoder.measure(bytes, signal))
  const drawing = drawingOf(job, planned, { reference: size, model })
  const isStretched = drawing.drawn !== drawing.delivered
  const mode = isStretched ? 'stretch' : (job.resize ?? 'cover')
  const fit = { ...drawing.drawn, mode }
  const reference = bytes && (await workshop.decoder.decode(bytes, { fit, signal }))
  const took = performance.now() - start
  return { job, order: { planned, loras, ...drawing, reference }, reference: took }
}

function readJob(raw: string): Job {
  const reading = readPayload(raw)
  if (reading.kind === 'job') return reading.job
  if (reading.kind === 'refused') {
    throw new Failure('request-invalid', `${reading.problems.join('; ')}.`)
  }
  throw new Failure('request-unreadable', 'The element cannot be read as a job. Push JSON.')
}

/** Throws `deadline-expired` for a job that nobody waits for any more. */
export function requireTime({ deadlineAt }: Job): void {
  if (deadlineAt === undefined || Date.now() < deadlineAt) return
  const message = 'The job was not begun by its deadline. Allow it more time, or add workers.'
  throw new Failure('deadline-expired', message)
}
