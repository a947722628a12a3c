/** Pictures of a provider as files of ours: encoded anew with what ran inside, under a path that is this attempt's alone. */
import { createHash } from 'node:crypto'
import { type Asset, imageSeed, type JobResult, type RgbImage } from '#contract'
import { encodeImage } from '#platform/image/encode.ts'
import { thumbnailOf } from '#platform/image/thumbnail.ts'
import { retryingStorage } from '#platform/storage/retrying-storage.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { AttemptRow, JobRow } from '../store/job-row.ts'

const BUCKET = 'workspace-temp'
const PNG = { contentType: 'image/png' }
const WEBP = { contentType: 'image/webp' }

export interface Made {
  readonly images: readonly RgbImage[]
  /** Of the first; undefined where the provider does not tell. */
  readonly seed: number | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface PictureOf {
  readonly attempt: AttemptRow
  readonly row: JobRow
  readonly storage: Storage
}

/** Throws `storage-failed` after several tries. May be repeated: the same attempt writes the same paths. */
export async function storePictures(made: Made, of: PictureOf): Promise<JobResult> {
  const { attempt, row } = of
  const storage = retryingStorage(of.storage)
  const { planned, mode } = row
  const assets: Asset[] = []
  const effective = effectiveOf(of)
  for (const [i, image] of made.images.entries()) {
    const seed = imageSeed(made.seed ?? planned.seed, i)
    const provenance = {
      ...{ mode, model: attempt.provider, jobId: row.id },
      made: new Date(made.at),
    }
    const { width, height } = image
    const parameters = {
      ...{ prompt: planned.prompt, seed, width, height, mode },
      ...{ model: attempt.provider, ...effective },
      ...(mode !== 'txt2img' && { strength: attempt.sent?.denoiseStrength }),
    }
    const [png, webp] = await Promise.all([
      encodeImage(image, { format: 'png', parameters, provenance }),
      thumbnailOf(image, provenance),
    ])
    const { path, thumbnailPath } = pathsOf(of, i)
    await storage.put(`${BUCKET}/${path}`, png, PNG)
    await storage.put(`${BUCKET}/${thumbnailPath}`, webp, WEBP)
    const sha256 = createHash('sha256').update(png).digest('hex')
    const bytes = png.length
    assets.push({ path, thumbnailPath, width, height, seed, bytes, format: 'png', sha256 })
  }
  const [first] = made.images
  const size = first && { width: first.width, height: first.height }
  return {
    mode,
    prompt: planned.prompt,
    model: attempt.provider,
    // Others than those that were cleared nobody has read.
    ...(row.job.cleared && { references: row.job.cleared.map(({ sha256 }) => sha256) }),
    assets,
    effective: { ...effective, ...(size && { size }) },
    timings: timingsOf(of, made.at),
  }
}

/** Of an attempt that lost. What is not there is removed already. */
export async function removePictures(of: PictureOf): Promise<void> {
  const { images } = of.row.planned
  const paths = Array.from({ length: images }, (_, i) => Object.values(pathsOf(of, i))).flat()
  await Promise.allSettled(paths.map((path) => of.storage.remove(`${BUCKET}/${path}`)))
}

function pathsOf({ attempt, row }: PictureOf, i: number) {
  const folder = `${row.userId}/${row.id}/a${attempt.n}`
  return { path: `${folder}/${i}.png`, thumbnailPath: `${folder}/${i}.thumb.webp` }
}

/** What the provider was told, as far as it was; the job's notes say in words what of the plan it was not. */
function effectiveOf({ attempt, row: { planned } }: PictureOf) {
  const { sent, provider } = attempt
  if (!sent) return { provider }
  const { hasNegativePrompt, images: _, ...told } = sent
  const negativePrompt = hasNegativePrompt ? planned.negativePrompt : null
  // No provider weighs parts of a prompt.
  return { provider, ...told, negativePrompt, promptSyntax: 'none' }
}

function timingsOf({ attempt, row }: PictureOf, at: number): Record<string, number> {
  const sentAt = attempt.sentAt?.getTime() ?? at
  const whole = (ms: number) => Math.max(0, Math.round(ms))
  return { queued: whole(sentAt - row.createdAt.getTime()), provider: whole(at - sentAt) }
}
