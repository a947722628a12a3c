/** One claimed job from its payload to its end in the queue, and its pictures under today's path. */
import { type Asset, Failure, failureTable, identify, type JobResult } from '#contract'
import type { Progress } from '#pipeline/stages.ts'
import { discard, publish } from '#platform/storage/publish.ts'
import type { Span } from '#platform/tracing/span.ts'
import { Refusal } from '../../../policy/refusal.ts'
import { asVouched } from '../../../policy/vouch.ts'
import { modelName } from '../../cli/parameters.ts'
import type { Workshop } from '../workshop.ts'
import { type Attempt, stopReason } from './attempt.ts'
import { encodePictures } from './encode-pictures.ts'
import { type Ended, endFailed, finishCompleted } from './end-attempt.ts'
import { type Prepared, prepareJob, readJob, timekeeper } from './prepare-job.ts'
import { progressReporter } from './report-progress.ts'
import { requirePass, requirePicturesPass } from './require-pass.ts'
import { stageFiles } from './stage-files.ts'
import { beginAttempt, drawTraced } from './trace-attempt.ts'

/** Rejects only where the queue does not take the end of it; the lease then lapses, and another has the job. */
export async function processJob(attempt: Attempt, workshop: Workshop): Promise<Ended> {
  const { claim } = attempt
  const start = performance.now()
  const span = beginAttempt(claim, workshop.tracing)
  const { traceId } = span
  const log = workshop.log.with({ jobId: claim.id, fence: claim.fence, traceId })
  log.info('claimed', { attempt: claim.attempts + claim.stalls + 1 })
  const told = { ...workshop, log, span }
  const ended = await endOf(attempt, told)
    .then((ended) => noted(ended, span))
    .finally(() => span.end())
  const { outcome, code } = ended
  log.info('ended', { outcome, code, milliseconds: Math.round(performance.now() - start) })
  return ended
}

/** What a job passes through, and where its trace is told of that. */
type Traced = Workshop & { readonly span: Span }

function noted(ended: Ended, span: Span): Ended {
  span.set({ 'i2i.job.outcome': ended.outcome })
  if (ended.code !== undefined) span.fail(ended.code)
  return ended
}

async function endOf(attempt: Attempt, workshop: Traced): Promise<Ended> {
  let result: JobResult
  const { span } = workshop
  try {
    result = await make(attempt, workshop)
  } catch (error) {
    if (!attempt.signal.aborted) tellOf(error, workshop)
    return span.during('finish', () => endFailed(attempt, error))
  }
  // Where no answer comes to this, the finish may hold all the same, and the staged files with it.
  const ended = await span.during('finish', () => finishCompleted(attempt, result))
  const { storage, log } = workshop
  if (ended.outcome === 'lost') await discard(result.assets, storage)
  // The job is completed now, whatever comes: whoever serves its callback publishes again before it. A gateway's own is
  // published by it alone, for only its database knows whether a queue that has lost a finish had the job made twice.
  else if (!isGateways(attempt)) {
    const publishing = () => publish(result.assets, storage)
    const told = (error: unknown) => log.error('not published', { error })
    await span.during('publish pictures', publishing).catch(told)
  }
  return ended
}

const isGateways = ({ claim }: Attempt): boolean =>
  identify(claim.raw, () => claim.id)?.owner === 'gateway'

async function make(attempt: Attempt, workshop: Traced): Promise<JobResult> {
  const { claim, worker, signal } = attempt
  const { model, screen, pictureScreen, span } = workshop
  const pushed = readJob(claim.raw)
  const job = asVouched(pushed, workshop.queueSecrets)
  if (job !== pushed) workshop.log.warn('not vouched for')
  const requireTime = timekeeper(job, claim.startedAt)
  requireTime()
  attempt.tell?.({ mode: job.mode, pushedAt: job.pushedAt })
  span.set({ 'i2i.job.mode': job.mode })
  const prepared = await prepareJob(job, workshop, { signal, span })
  const { order, reference, enhancement } = prepared
  const name = modelName(model.checkpoint)
  const { images, evaluations } = order.planned
  const work = { mode: job.mode, size: order.drawn, images }
  attempt.tell?.({ work, enhancement, stages: order.reference ? { reference } : {} })
  const showsPreviews = workshop.showsPreviews && !pictureScreen.isRequired(job)
  const report = progressReporter({ worker, claim, showsPreviews })
  const waiting = span.begin('wait for engine')
  const turn = attempt.inTurn(async () => {
    waiting.end()
    stopWhereAsked(attempt)
    requireTime()
    attempt.enter('drawing')
    const onProgress = (progress: Progress) => {
      attempt.enter('drawing')
      report(progress)
    }
    return await drawTraced(order, { signal, onProgress }, { ...workshop, model: name })
  })
  const generated = await turn.finally(waiting.end)
  attempt.enter('delivering')
  attempt.tell?.({ evaluations: evaluations * images, stages: generated.timings })
  const start = performance.now()
  const made = generated.images.map(({ image }) => image)
  await requirePicturesPass(pictureScreen, made, { job, stage: 'made', signal, span })
  const origin = { checkpoint: model.checkpoint, jobId: job.id, made: new Date(claim.firstSeenAt) }
  const { pictures, effective } = await span.during('encode pictures', () =>
    encodePictures(generated, order, origin),
  )
  await requirePass(screen, job, 'made')
  await workshop.referenceGate.requireDeliverable(pictures.map(({ sha256 }) => sha256))
  stopWhereAsked(attempt)
  const assets = await span.during('store pictures', () =>
    stageFiles(pictures, workshop, { job, claim, signal }),
  )
  const files = performance.now() - start
  attempt.tell?.({ stages: { files } })
  const timings = { reference, ...generated.timings, files }
  return resultOf(prepared, { assets, effective, timings, model: name })
}

function resultOf(
  { job, order, references, enhancement }: Prepared,
  ran: { readonly assets: readonly Asset[] } & Pick<JobResult, 'effective' | 'timings' | 'model'>,
): JobResult {
  const { mode, prompt } = order.planned
  const drawnFrom = references.length > 0 ? { references: [...references] } : {}
  const { prompt: asked = '' } = job.asked
  return {
    ...{ ...ran, assets: [...ran.assets], mode: mode ?? job.mode, ...drawnFrom },
    ...{ prompt, ...(prompt !== asked && { originalPrompt: asked }), enhancement },
  }
}

/** What was aborted is ended by its reason, whatever is thrown. */
function stopWhereAsked({ signal }: Attempt): void {
  if (stopReason(signal)) throw new Failure('cancelled', 'The job was stopped.')
}

/** A user's failure is told to the user; the log keeps what an operator, or we, must mend. */
function tellOf(error: unknown, { log }: Workshop): void {
  if (!(error instanceof Failure)) {
    log.error('failed', { code: 'internal', error })
    return
  }
  const { fault } = failureTable[error.code]
  // Of jobs that no gateway knows, this is all the record there is.
  const rule = error instanceof Refusal ? { rule: error.rule } : {}
  if (fault === 'user' || fault === 'policy') log.info('refused', { code: error.code, ...rule })
  else log.warn('failed', { code: error.code, error })
}
