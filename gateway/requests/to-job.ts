/** Reads what a caller asks for as a job: its mode, its seed, whose reference it is, and when nobody wants it any more. */
import { randomInt, randomUUID } from 'node:crypto'
import {
  bucketOfAspect,
  checkSize,
  Failure,
  type Job,
  messageOf,
  type Reference,
  readLoras,
  type SizeWish,
  writePayload,
} from '#contract'
import type { Caller } from '../callers/caller.ts'
import type { JobRequest } from './job-request.ts'
import { readReference } from './read-reference.ts'

export interface ReadAs {
  readonly caller: Pick<Caller, 'userId'>
  /** In milliseconds since 1970. */
  readonly now?: number
  /** For requests that name none, in ms; without one they have no deadline. */
  readonly defaultDeadlineMs?: number | undefined
}

/** What every tool's field for seeds can hold. */
const SEEDS = 2 ** 32
/** The native side of the smallest networks: whoever draws it asks again with its own. */
const LEAST_NATIVE = 64

/**
 * Its content mode is as asked. Throws `request-invalid` naming every problem, `reference-forbidden` for another user's
 * file, `request-too-large` for more than is queued.
 */
export function toJob(request: JobRequest, { caller, now = Date.now(), ...as }: ReadAs): Job {
  const problems: string[] = []
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'request-invalid') throw error
      problems.push(error.message.replace(/\.$/, ''))
      return undefined
    }
  }
  const referenceOf = (given: string, field: string): readonly Reference[] => {
    const reference = attempt(() => readReference(given, { field, userId: caller.userId }))
    return reference ? [reference] : []
  }

  const { reference_image_url: from, further_reference_urls: further = [] } = request
  const [reference] = from === undefined ? [] : referenceOf(from, 'reference_image_url')
  const others = further.flatMap((each, i) => referenceOf(each, `further_reference_urls.${i}`))
  const loras = attempt(() => readLoras(request.loras)) ?? []
  const size = attempt(() => sizeOf(request))
  if (from === undefined && further.length > 0) {
    problems.push('further_reference_urls needs a reference_image_url before them')
  }
  const isCopy = request.exact_copy_mode === true
  if (isCopy && from === undefined) {
    problems.push('exact_copy_mode needs a reference_image_url to copy')
  }
  const deadline = request.deadline_ms ?? as.defaultDeadlineMs
  const job: Job = {
    id: randomUUID(),
    source: 'gateway',
    mode: isCopy ? 'copy' : from === undefined ? 'txt2img' : 'modify',
    asked: askedOf(request),
    loras,
    ...(reference && { reference }),
    ...(others.length > 0 && { furtherReferences: others }),
    ...(request.reference_signature !== undefined && {
      referenceSignature: request.reference_signature,
    }),
    ...(size && { size }),
    ...(request.resize && { resize: request.resize }),
    userId: caller.userId,
    contentMode: request.content_mode ?? 'sfw',
    enhance: !isCopy && request.skip_enhancement !== true,
    ...(request.enhancement_seed !== undefined && { enhancementSeed: request.enhancement_seed }),
    ...(request.callback_url !== undefined && { callback: { url: request.callback_url } }),
    ...(deadline !== undefined && { deadlineAt: now + deadline }),
    metadata: request.metadata ?? {},
  }
  // What could not be queued is refused before anything is promised of it.
  attempt(() => writePayload(job))
  if (problems.length > 0) throw new Failure('request-invalid', `${problems.join('; ')}.`)
  return job
}

/** A quality of its own is more exact than the one within a job type. */
function askedOf(request: JobRequest): Job['asked'] {
  const quality =
    request.quality ??
    (request.job_type === 'sdxl_image_fast' ? 'fast' : request.job_type && 'high')
  const given = {
    prompt: request.prompt ?? '',
    negativePrompt: request.negative_prompt,
    promptSyntax: request.prompt_syntax,
    style: styleOf(request),
    denoiseStrength: request.denoise_strength,
    referenceStrength: request.reference_strength,
    guidanceScale: request.guidance_scale,
    steps: request.steps,
    quality,
    scheduler: request.scheduler,
    seed: request.seed ?? randomInt(SEEDS),
    images: request.num_images,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function styleOf({ shot_type, camera_angle, style, lighting, mood }: JobRequest) {
  const given = { shotType: shot_type, cameraAngle: camera_angle, look: style, lighting, mood }
  const chosen = Object.entries(given).filter(([, value]) => value !== undefined)
  return chosen.length > 0 ? Object.fromEntries(chosen) : undefined
}

function sizeOf({ width, height, aspect_ratio }: JobRequest): SizeWish | undefined {
  if ((width === undefined) !== (height === undefined)) {
    throw new Failure('request-invalid', 'width and height must be given together')
  }
  if (width === undefined || height === undefined) {
    if (aspect_ratio === undefined) return undefined
    named('aspect_ratio', () => bucketOfAspect(aspect_ratio))
    return { aspectRatio: aspect_ratio }
  }
  if (aspect_ratio !== undefined) {
    const message = 'aspect_ratio cannot be given beside width and height'
    throw new Failure('request-invalid', message)
  }
  named('width and height', () => checkSize(width, height, LEAST_NATIVE))
  return { width, height }
}

function named(field: string, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    throw new Failure('request-invalid', `${field} will not do. ${messageOf(error)}`)
  }
}
