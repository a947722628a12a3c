/** Reads what producers other than our gateway push: every field name and place that one of them ever used. */
import { type Mode, qualities } from '../modes.ts'
import { schedulerNames } from '../scheduler-names.ts'
import { compelTerms } from './compel-weights.ts'
import { type Fields, find, findAll, isFields, own, type Part } from './fields.ts'
import { contentModes } from './job.ts'
import { readLooseStyle } from './loose-style.ts'

/** A job as far as it could be read, for the schema to judge. */
export interface Draft {
  readonly job: Record<string, unknown>
  /** Where in the payload each setting stood, so that a problem names what the producer wrote. */
  readonly places: ReadonlyMap<string, string>
  readonly problems: readonly string[]
  /** What was asked and no worker ever obeyed. */
  readonly ignored: readonly string[]
}

// Which part counts, where a setting stands in several: what a producer resolved comes before what its client sent.
const RESOLVED: readonly Part[] = ['config', 'top', 'metadata']
const STRENGTHS: readonly Part[] = ['metadata', 'config', 'top']
const REFERENCE: readonly Part[] = ['metadata', 'top', 'config']
const WRITTEN: readonly Part[] = ['top', 'config', 'metadata']
/** A client's metadata passes through producers unread, and may not say whom to call. */
const VOUCHED: readonly Part[] = ['top', 'config']

export function readForeign(payload: Fields, id: unknown): Draft {
  const places = new Map<string, string>()
  const ignored: string[] = []
  const take = (path: string, parts: readonly Part[], ...names: readonly string[]): unknown => {
    const found = find(payload, parts, names)
    if (found) places.set(path, found.place)
    return found?.value
  }
  /** One of `names`, or nothing: no worker ever refused a job for another. */
  const known = (path: string, names: readonly string[], name: string): unknown => {
    const value = take(path, RESOLVED, name)
    if (value === undefined || names.some((each) => each === value)) return value
    ignored.push(`${places.get(path)} ${quoted(value)}`)
    return undefined
  }

  const type = readType(payload)
  const reference = take('reference', REFERENCE, 'reference_image_url')
  const { mode, problems } = readMode(payload, reference !== undefined)
  const weights = take('weights', WRITTEN, 'compel_weights')
  const isCompel = find(payload, WRITTEN, ['compel_enabled'])?.value === true
  const prompt = take('asked.prompt', ['top'], 'enhanced_prompt', 'prompt', 'original_prompt')
  const isWeighted = isCompel && typeof weights === 'string' && mode !== 'copy'
  const style = mode === 'copy' ? undefined : readStyle(payload, ignored)
  const callback = take('callback.url', VOUCHED, 'callback_url')
  const metadata = withOriginal(own(payload, 'metadata') ?? {}, payload, prompt)

  const job = {
    id,
    source: 'foreign',
    mode,
    asked: given({
      prompt: isWeighted && isText(prompt) ? joined(prompt, compelTerms(weights)) : prompt,
      negativePrompt: take('asked.negativePrompt', WRITTEN, 'negative_prompt'),
      promptSyntax:
        take('asked.promptSyntax', WRITTEN, 'prompt_syntax') ?? (isCompel ? 'compel' : undefined),
      style,
      windows: take('asked.windows', RESOLVED, 'windows'),
      denoiseStrength: take('asked.denoiseStrength', STRENGTHS, 'denoise_strength'),
      referenceStrength: take('asked.referenceStrength', STRENGTHS, 'reference_strength'),
      guidanceScale: take('asked.guidanceScale', RESOLVED, 'guidance_scale'),
      guidanceInterval: take('asked.guidanceInterval', RESOLVED, 'guidance_interval'),
      steps: take('asked.steps', RESOLVED, 'num_inference_steps', 'steps'),
      quality: known('asked.quality', qualities, 'quality') ?? type.quality,
      scheduler: known('asked.scheduler', schedulerNames, 'scheduler'),
      seed: take('asked.seed', RESOLVED, 'seed'),
      images: take('asked.images', RESOLVED, 'num_images'),
    }),
    loras: take('loras', VOUCHED, 'loras') ?? [],
    reference: reference === undefined ? undefined : whereabouts(reference),
    // It vouches for itself, wherever it stands.
    referenceSignature: take('referenceSignature', WRITTEN, 'reference_signature'),
    size: readSize(take),
    resize: take('resize', RESOLVED, 'resize'),
    userId: take('userId', ['top'], 'user_id'),
    contentMode: readContentMode(payload),
    // A producer enhances before it pushes, so that anything but an explicit false means: as it is.
    enhance: mode !== 'copy' && find(payload, WRITTEN, ['skip_enhancement'])?.value === false,
    callback: callback === undefined ? undefined : { url: callback },
    deadlineAt: inMilliseconds(take('deadlineAt', VOUCHED, 'deadline_at')),
    metadata,
  }
  const misshapen = isFields(own(payload, 'config') ?? {}) ? [] : ['config must be an object']
  const all = [...type.problems, ...problems, ...misshapen]
  return { job: given(job), places, problems: all, ignored }
}

/**
 * Where a producer enhanced before it pushed, what its user wrote stands in metadata, as our gateway has it: it is
 * looked at as the drawn words are, and receivers show it.
 */
function withOriginal(metadata: unknown, payload: Fields, drawn: unknown): unknown {
  const written = findAll(payload, ['top'], ['original_prompt', 'prompt']).map(({ value }) => value)
  const [original, other] = new Set(written.filter((value) => isText(value) && value !== drawn))
  if (original === undefined || !isFields(metadata)) return metadata
  // Over what is in metadata, in which a client could hide it.
  return { ...metadata, original_prompt: original, ...(other !== undefined && { prompt: other }) }
}

interface JobType {
  readonly quality?: string
  readonly problems: readonly string[]
}

const SEND = 'send sdxl_image_high or sdxl_image_fast'

function readType(payload: Fields): JobType {
  const found = find(payload, ['top'], ['type', 'job_type'])
  if (!found) return { problems: [`job_type is missing: ${SEND}`] }
  const { place, value } = found
  if (typeof value === 'string') {
    const [, quality] = /^(?:sdxl_)?image_(fast|high)$/.exec(value) ?? []
    if (quality) return { quality, problems: [] }
    if (/video/i.test(value)) {
      return {
        problems: [`${place} ${quoted(value)} asks for a video, and only pictures are made`],
      }
    }
  }
  return { problems: [`${place} ${quoted(value)} is unknown: ${SEND}`] }
}

function readMode(
  payload: Fields,
  hasReference: boolean,
): { readonly mode: Mode; readonly problems: readonly string[] } {
  const exact = find(payload, REFERENCE, ['exact_copy_mode'])
  const problems =
    exact && typeof exact.value !== 'boolean' ? [`${exact.place} must be true or false`] : []
  const named = find(payload, REFERENCE, ['reference_mode'])?.value
  if (exact ? exact.value === true : named === 'copy') return { mode: 'copy', problems }
  // One that was to have a reference and lost it on the way is no txt2img: it is refused for want of it.
  const meantIt = find(payload, RESOLVED, ['pipeline'])?.value === 'img2img'
  return { mode: hasReference || meantIt ? 'modify' : 'txt2img', problems }
}

/** Old producers passed the bare path in storage on where they could not sign it. */
function whereabouts(reference: unknown): Fields {
  const isPath = isText(reference) && !/^[a-z][a-z0-9+.-]*:/i.test(reference)
  return isPath ? { path: reference } : { url: reference }
}

type Take = (path: string, parts: readonly Part[], ...names: readonly string[]) => unknown

function readSize(take: Take): unknown {
  const width = take('size', RESOLVED, 'width')
  const height = take('size', RESOLVED, 'height')
  if (width !== undefined || height !== undefined) return given({ width, height })
  const resolution = take('size', RESOLVED, 'resolution')
  if (resolution !== undefined) {
    const [, across, down] = /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/i.exec(String(resolution)) ?? []
    return { resolution: given({ width: across && Number(across), height: down && Number(down) }) }
  }
  const aspectRatio = take('size', RESOLVED, 'aspect_ratio')
  return aspectRatio === undefined ? undefined : { aspectRatio }
}

/** What says neither is about something else: one era wrote `image` there. */
function readContentMode(payload: Fields): unknown {
  const found = findAll(payload, WRITTEN, ['content_mode', 'content_type'])
  const said = found.find(({ value }) => contentModes.some((mode) => mode === value))
  return said?.value ?? 'sfw'
}

/** Since August 2025 no producer joins them to the prompt; what one of them did join is not joined twice. */
function readStyle(payload: Fields, ignored: string[]): unknown {
  const names = ['shot_type', 'camera_angle', 'style', 'lighting', 'mood'] as const
  const found = names.flatMap((name) => {
    const first = find(payload, WRITTEN, [name])
    return first ? [{ name, ...first }] : []
  })
  const loose = Object.fromEntries(found.map(({ name, value }) => [name, value]))
  const { style, unknown } = readLooseStyle(loose)
  for (const { name, place, value } of found) {
    if (unknown.includes(name)) ignored.push(`${place} ${quoted(value)}`)
  }
  return style
}

function inMilliseconds(deadline: unknown): unknown {
  if (!isText(deadline)) return deadline
  const time = Date.parse(deadline)
  return Number.isNaN(time) ? deadline : time
}

function joined(prompt: string, terms: string): string {
  return terms === '' ? prompt : `${prompt}, ${terms}`
}

function given(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** Short enough for a problem, whatever was sent. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 48 ? text : `${text.slice(0, 47)}…`
}
