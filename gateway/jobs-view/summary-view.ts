/** A job in a list: what tells it from others, with one small picture. */
import { z } from '@hono/zod-openapi'
import { modes } from '#contract'
import { OUTPUT_BUCKET } from '#platform/storage/publish.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { type JobRow, jobStatuses, providerNames } from '../store/job-row.ts'
import { ASSET_URL_SECONDS } from './job-view.ts'

export const jobSummary = z
  .object({
    jobId: z.string(),
    status: z.enum(jobStatuses),
    mode: z.enum(modes),
    provider: z.enum(providerNames).nullable(),
    prompt: z.string(),
    images: z.int().openapi({ description: 'That there are to be had.' }),
    thumbnailUrl: z.url().nullable().openapi({ description: 'Of the first.' }),
    failureCode: z.string().nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .openapi('JobSummary')

export const jobPage = z.object({
  jobs: z.array(jobSummary),
  next: z.string().nullable().openapi({ description: 'For `after`; null at the end.' }),
})

export async function summarise(
  row: JobRow,
  storage: Pick<Storage, 'sign'>,
): Promise<z.infer<typeof jobSummary>> {
  const assets = row.purgedAt === null ? (row.result?.assets ?? []) : []
  const [first] = assets
  // A list is worth reading without its pictures.
  const thumbnailUrl = first
    ? await storage
        .sign(`${OUTPUT_BUCKET}/${first.thumbnailPath}`, ASSET_URL_SECONDS)
        .catch(() => null)
    : null
  return {
    jobId: row.id,
    status: row.status,
    mode: row.mode,
    provider: row.provider,
    prompt: row.job.asked.prompt ?? '',
    images: assets.length,
    thumbnailUrl,
    failureCode: row.failure?.code ?? null,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}
