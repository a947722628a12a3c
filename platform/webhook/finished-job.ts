/** A job that is over, in the words of today's callback. */
import {
  type Asset,
  type Job,
  type JobResult,
  jobTypeOf,
  type OwedCallback,
  readFailure,
} from '#contract'
import type { FinishedJob } from './job-callback.ts'

/**
 * `job` is undefined where the element could not be read. What ran stands over what the producer's metadata asked
 * for, because receivers keep these numbers as the truth.
 */
export function finishedJob(
  { id, status, code }: Pick<OwedCallback, 'id' | 'status' | 'code'>,
  { job, result }: { readonly job: Job | undefined; readonly result: JobResult },
): FinishedJob {
  const failed = status === 'failed' ? readFailure(result, code) : undefined
  const ran = ranOf(result)
  return {
    jobId: id,
    status,
    assets: result.assets.map((asset) => callbackAsset(asset, ran)),
    ...(failed && { errorMessage: failed.message }),
    metadata: {
      ...job?.metadata,
      ...ran,
      ...promptsOf(result, job),
      ...(job && { job_type: jobTypeOf(job) }),
      ...(failed && { error_type: failed.code }),
    },
  }
}

/** Under the names that the receiver stores; none where nothing ran. */
function ranOf({ mode, effective }: JobResult): Readonly<Record<string, unknown>> {
  if (!effective) return {}
  const { denoiseStrength, guidanceScale, steps, evaluations, scheduler } = effective
  return {
    reference_mode: mode,
    denoise_strength: denoiseStrength,
    guidance_scale: guidanceScale,
    steps,
    num_inference_steps: steps,
    evaluations,
    scheduler,
  }
}

/** What a producer says was the original stands: it may have enhanced before it pushed. */
function promptsOf(
  { prompt, originalPrompt, enhancement }: JobResult,
  job: Job | undefined,
): Readonly<Record<string, unknown>> {
  if (!enhancement) return {}
  if (originalPrompt === undefined) return { enhancement }
  const original = job?.metadata.original_prompt ?? originalPrompt
  return { enhancement, enhanced_prompt: prompt, original_prompt: original }
}

function callbackAsset(asset: Asset, ran: Readonly<Record<string, unknown>>) {
  const { path, thumbnailPath, width, height, seed, bytes, format, sha256 } = asset
  return {
    url: path,
    thumbnailUrl: thumbnailPath,
    metadata: { ...ran, width, height, seed, file_size_bytes: bytes, format, sha256 },
  }
}
