/** From a job to an order for the engine: all that can be done, and refused, without it. */
import {
  drawnPrompt,
  Failure,
  type Job,
  type Planned,
  type RanEnhancement,
  readPayload,
} from '#contract'
import type { Span } from '#platform/tracing/span.ts'
import type { Order } from '../draw.ts'
import { planJob } from '../model.ts'
import type { Workshop } from '../workshop.ts'
import { fetchReference } from './fetch-reference.ts'
import { drawingOf } from './job-size.ts'
import { requirePass, requirePicturesPass } from './require-pass.ts'
import { traceEnhancement } from './trace-attempt.ts'

export interface Prepared {
  readonly job: Job
  readonly order: Order
  /** SHA-256 of what it is drawn from; empty for a job without a reference. */
  readonly references: readonly string[]
  /** Milliseconds that fetching and decoding the reference took. */
  readonly reference: number
  /** Undefined where nobody enhances. */
  readonly enhancement: RanEnhancement | undefined
}

interface Watched {
  readonly signal: AbortSignal
  /** Of the attempt. */
  readonly span: Span
}

/** Throws the Failure that the job ends with, or is tried again after. */
export async function prepareJob(
  job: Job,
  workshop: Workshop,
  { signal, span }: Watched,
): Promise<Prepared> {
  const { model, pictureScreen } = workshop
  const { planned: asked, loras } = planJob(job, model)
  await requirePass(workshop.screen, job, 'asked')
  const enhancing = enhance({ job, planned: asked }, workshop, { signal, span })
  // It is waited for below, unless the reference fails the job first.
  enhancing.catch(() => {})

  const start = performance.now()
  const fetching = () => fetchReference(job, workshop, signal)
  const bytes = job.reference && (await span.during('fetch reference', fetching))
  const sha256 = bytes && (await workshop.referenceGate.requireCleared(job, bytes))
  const measuring = (given: Uint8Array) => workshop.decoder.measure(given, signal)
  const size = bytes && (await span.during('measure reference', () => measuring(bytes)))
  const drawing = drawingOf(job, asked, { reference: size, model })
  const isStretched = drawing.drawn !== drawing.delivered
  const mode = isStretched ? 'stretch' : (job.resize ?? 'cover')
  const fit = { ...drawing.drawn, mode }
  const decoding = (given: Uint8Array) => workshop.decoder.decode(given, { fit, signal })
  const reference = bytes && (await span.during('decode reference', () => decoding(bytes)))
  const took = performance.now() - start
  if (reference) {
    const looked = { job, stage: 'reference', signal, sha256, span } as const
    await requirePicturesPass(pictureScreen, [reference], looked)
  }
  const references = sha256 === undefined ? [] : [sha256]
  const { planned, enhancement } = await enhancing
  const order = { planned, loras, ...drawing, reference }
  return { job, order, references, reference: took, enhancement }
}

interface PlannedJob {
  readonly job: Job
  readonly planned: Planned
}

/** What is drawn is looked at as what was asked is: the policy may refuse what it has become, and never has it reworded. */
async function enhance(
  { job, planned }: PlannedJob,
  { enhancing, screen }: Pick<Workshop, 'enhancing' | 'screen'>,
  { signal, span }: Watched,
): Promise<Pick<PlannedJob, 'planned'> & Pick<Prepared, 'enhancement'>> {
  if (!enhancing) return { planned, enhancement: undefined }
  const { prompt, ...enhancement } = await enhancing.enhance(job, signal)
  traceEnhancement(enhancement, span)
  if (enhancement.source === 'none') return { planned, enhancement }
  const drawn = drawnPrompt(job.mode, { ...job.asked, prompt })
  await requirePass(screen, job, { enhanced: drawn })
  return { planned: { ...planned, prompt: drawn }, enhancement }
}

/** Throws `request-invalid` or `request-unreadable`, with what is wrong with the element. */
export function readJob(raw: string): Job {
  const reading = readPayload(raw)
  if (reading.kind === 'job') return reading.job
  if (reading.kind === 'refused') {
    throw new Failure('request-invalid', `${reading.problems.join('; ')}.`)
  }
  throw new Failure('request-unreadable', 'The element cannot be read as a job. Push JSON.')
}

/**
 * What it returns throws `deadline-expired` for a job that nobody waits for any more. The time is the queue's own, going
 * on from that of the claim, for this machine's clock may be wrong.
 */
export function timekeeper({ deadlineAt }: Job, startedAt: number): () => void {
  const began = performance.now()
  return () => {
    if (deadlineAt === undefined || startedAt + performance.now() - began < deadlineAt) return
    const message = 'The job was not begun by its deadline. Allow it more time, or add workers.'
    throw new Failure('deadline-expired', message)
  }
}
