/** Writes a job as an element of the queue: what today's readers expect, and beside it the part that ours obey. */
import { Failure } from '../failure.ts'
import { drawnPrompt } from '../modes.ts'
import { hostility } from './hostile.ts'
import type { Job, SizeWish } from './job.ts'
import { MOST_ELEMENT_BYTES } from './unwrap.ts'

/**
 * Object text in today's nested shape, with all of the job under `i2i`: `readPayload` gives the same job again.
 * Throws Failure('request-too-large') where it would have more than 256 KB, and Failure('request-invalid') for metadata
 * that no worker would read.
 */
export function writePayload(job: Job): string {
  const { asked, mode, reference } = job
  const hostile = hostility(job.metadata, METADATA_DEPTH)
  if (hostile) throw new Failure('request-invalid', `The metadata will not do: ${hostile}.`)
  const type = jobTypeOf(job)
  const at = reference && ('url' in reference ? reference.url : reference.path)
  const element = JSON.stringify({
    id: job.id,
    type,
    prompt: drawnPrompt(mode, asked),
    user_id: job.userId,
    config: {
      pipeline: reference ? 'img2img' : 'txt2img',
      num_images: asked.images,
      num_inference_steps: asked.steps,
      guidance_scale: asked.guidanceScale,
      denoise_strength: asked.denoiseStrength,
      resolution: resolutionOf(job.size),
      seed: asked.seed,
    },
    metadata: {
      reference_image_url: at,
      denoise_strength: asked.denoiseStrength,
      reference_strength: asked.referenceStrength,
      exact_copy_mode: mode === 'copy',
      reference_mode: mode === 'txt2img' ? undefined : mode,
      skip_enhancement: !job.enhance,
      contentType: job.contentMode,
    },
    negative_prompt: asked.negativePrompt ?? undefined,
    compel_enabled: asked.promptSyntax === 'compel',
    job_id: job.id,
    job_type: type,
    quality: asked.quality,
    format: 'image',
    content_type: job.contentMode,
    i2i: { v: 1, ...job },
  })
  const bytes = Buffer.byteLength(element)
  if (bytes <= MOST_ELEMENT_BYTES) return element
  const message = `The job has ${bytes} bytes, and at most ${MOST_ELEMENT_BYTES} are queued. Send less metadata.`
  throw new Failure('request-too-large', message)
}

/** One level below the payload. */
const METADATA_DEPTH = 2

/** What today's producers and receivers call it. */
export function jobTypeOf({ asked }: Job): 'sdxl_image_fast' | 'sdxl_image_high' {
  return asked.quality === undefined || asked.quality === 'high'
    ? 'sdxl_image_high'
    : 'sdxl_image_fast'
}

function resolutionOf(size: SizeWish | undefined): string | undefined {
  if (!size || 'aspectRatio' in size) return undefined
  const { width, height } = 'resolution' in size ? size.resolution : size
  return `${width}x${height}`
}
