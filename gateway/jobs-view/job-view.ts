/** A job as its caller reads it: from its row, with URLs that are signed anew each time and soon worth nothing. */
import { z } from '@hono/zod-openapi'
import { type Asset, modes, ranEnhancement } from '#contract'
import { OUTPUT_BUCKET } from '#platform/storage/publish.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { failureView, viewFailure } from '../http/problem.ts'
import { type JobRow, jobStatuses, providerNames } from '../store/job-row.ts'
import { plannedView, viewPlanned } from './planned-view.ts'

/** How long a URL in an answer is good for: a page can be looked at, and a log of it is no key. */
export const ASSET_URL_SECONDS = 900

const time = () => z.iso.datetime()

export const assetView = z
  .object({
    url: z.url().openapi({ description: 'Signed, good for 15 minutes.' }),
    thumbnailUrl: z.url().openapi({ description: 'WebP, its longest edge 256 pixels.' }),
    width: z.int(),
    height: z.int(),
    format: z.literal('png'),
    seed: z.int().openapi({ description: 'The same seed and parameters give the same picture.' }),
    sha256: z.string(),
  })
  .openapi('Asset')

export const jobView = z
  .object({
    jobId: z.string(),
    status: z.enum(jobStatuses),
    mode: z.enum(modes),
    provider: z.enum(providerNames).nullable().openapi({
      description: 'Who is to do it, does it, or did it.',
    }),
    providerNotes: z.array(z.string()).openapi({ description: 'What it cannot honour.' }),
    reason: z.string().nullable().openapi({
      description: 'Why this provider, in a sentence; null for jobs from before this was kept.',
    }),
    planned: plannedView,
    assets: z.array(assetView),
    prompt: z.string().openapi({ description: 'As it was asked.' }),
    finalPrompt: z.string().nullable().openapi({ description: 'As it was drawn from.' }),
    enhancement: z.object(ranEnhancement.shape).nullable().openapi({
      description:
        'Who wrote what finalPrompt adds; fallback: why nothing was added. Null until it is decided, and of remote providers.',
    }),
    effective: z.record(z.string(), z.unknown()).nullable().openapi({
      description: 'What really ran, where planned says what was to run.',
    }),
    timings: z.record(z.string(), z.number()).openapi({ description: 'Milliseconds by stage.' }),
    failure: failureView.optional(),
    metadata: z.record(z.string(), z.unknown()).openapi({ description: 'Yours, as you sent it.' }),
    createdAt: time(),
    startedAt: time().nullable(),
    finishedAt: time().nullable(),
    deadlineAt: time().nullable(),
    purgedAt: time().nullable().openapi({ description: 'When its pictures were deleted.' }),
  })
  .openapi('Job')

export type JobView = z.infer<typeof jobView>

/** Throws `storage-failed` where the storage signs nothing. */
export async function viewJob(row: JobRow, storage: Pick<Storage, 'sign'>): Promise<JobView> {
  const { job, result, purgedAt } = row
  const assets = purgedAt === null ? (result?.assets ?? []) : []
  return {
    jobId: row.id,
    status: row.status,
    mode: row.mode,
    provider: row.provider,
    providerNotes: [...row.notes],
    reason: row.reason,
    planned: viewPlanned(row.planned),
    assets: await Promise.all(assets.map((asset) => viewAsset(asset, storage))),
    prompt: job.asked.prompt ?? '',
    finalPrompt: result?.prompt ?? null,
    enhancement: result?.enhancement ?? null,
    effective: result?.effective ?? null,
    timings: result?.timings ?? {},
    ...(row.failure && { failure: viewFailure(row.failure, row.tried) }),
    metadata: { ...job.metadata },
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    deadlineAt: row.deadlineAt?.toISOString() ?? null,
    purgedAt: purgedAt?.toISOString() ?? null,
  }
}

async function viewAsset(asset: Asset, storage: Pick<Storage, 'sign'>) {
  const { path, thumbnailPath, width, height, format, seed, sha256 } = asset
  const [url, thumbnailUrl] = await Promise.all([
    storage.sign(`${OUTPUT_BUCKET}/${path}`, ASSET_URL_SECONDS),
    storage.sign(`${OUTPUT_BUCKET}/${thumbnailPath}`, ASSET_URL_SECONDS),
  ])
  return { url, thumbnailUrl, width, height, format, seed, sha256 }
}
