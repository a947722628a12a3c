/** What a provider has made becomes the job's result, at once, since providers keep it for an hour at most. */
import { Failure, type FailureCode, type RgbImage } from '#contract'
import type { RemoteState } from '../providers/provider.ts'
import { recordCost } from '../store/attempts.ts'
import { jobById } from '../store/find-jobs.ts'
import { markLetGo, putOff } from '../store/remote-attempts.ts'
import { settle } from '../store/settle.ts'
import { cameToNothing } from './came-to-nothing.ts'
import type { Care } from './care.ts'
import { fetchOutputs } from './fetch-outputs.ts'
import { removePictures, storePictures } from './store-pictures.ts'
import { traceAttempt } from './trace-attempt.ts'

type Done = Extract<RemoteState, { readonly kind: 'done' }>

/** What is wrong with us, and not with what was made: storage that is away, a decoder or a check that does not work. */
const LATER: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'storage-failed',
  'out-of-memory',
  'policy-check-failed',
])
const LATER_MS = 5_000

export async function takeDone(care: Care, state: Done): Promise<void> {
  const { attempt, row, provider, parts, signal } = care
  const { costMicros } = state
  try {
    const images = await picturesOf(care, state)
    const refusal = await parts.screen(row.job, 'made')
    if (refusal) throw refusal
    const asked = { job: row.job, stage: 'made', signal } as const
    const unfit = await parts.pictureScreen.screen(images, asked)
    if (unfit) throw unfit
    // What was taken down while the provider drew from it is not given out.
    const references = row.job.cleared?.map(({ sha256 }) => sha256) ?? []
    await parts.referenceGate.requireDeliverable(references)
    const made = { images, seed: state.seed, at: (parts.now ?? Date.now)() }
    const result = await storePictures(made, { ...care, storage: parts.storage })
    await conclude(care, {
      ...{ status: 'completed', result },
      ...(costMicros !== undefined && { costMicros }),
    })
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    if (error.code === 'database-unavailable') throw error
    const { id } = attempt
    if (LATER.has(error.code)) {
      // It was made and paid for. Another's would be kept in the same storage, and looked at by the same classifier.
      parts.log.error('not stored yet', { jobId: row.id, provider: provider.name, error })
      return await putOff(parts.database, id, LATER_MS)
    }
    parts.routing.heard(provider.name, error)
    await cameToNothing(care, { failure: error, costMicros })
    await markLetGo(parts.database, id)
  }
}

/** A provider that tells of other addresses by now is believed once. */
async function picturesOf(care: Care, { outputs }: Done): Promise<readonly RgbImage[]> {
  const { attempt, provider, parts, signal } = care
  const options = { ...parts, provider, signal }
  try {
    return await fetchOutputs(outputs, options)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'provider-output-lost') throw error
    const now = attempt.ref === null ? undefined : await provider.look(attempt.ref, signal)
    if (now?.kind === 'failed') throw now.failure
    if (now?.kind !== 'done' || isSame(now.outputs, outputs)) throw error
    return await fetchOutputs(now.outputs, options)
  }
}

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.join(' ') === others.join(' ')

async function conclude(
  care: Care,
  ending: Extract<Parameters<typeof settle>[2], { readonly status: 'completed' }>,
): Promise<void> {
  const { attempt, row, provider, parts } = care
  const { database, routing, storage, log, onChanged } = parts
  const { id, jobId } = attempt
  const answer = await settle(database, attempt, ending)
  traceAttempt(care, answer === 'settled' ? 'completed' : answer)
  routing.heard(provider.name)
  if (answer === 'settled') {
    log.info('settled', { jobId, status: 'completed', provider: provider.name })
    onChanged?.(jobId)
  } else {
    // Somebody else was first; or two of us have settled the same attempt.
    const now = await jobById(database, jobId)
    if (now?.wonAttempt !== id) await removePictures({ attempt, row, storage })
    if (ending.costMicros !== undefined) await recordCost(database, id, ending.costMicros)
  }
  await markLetGo(database, id)
}
