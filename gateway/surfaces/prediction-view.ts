/** A job as Replicate shows a prediction, for the page that looks after one. */
import { z } from '@hono/zod-openapi'
import type { Storage } from '#platform/storage/storage.ts'
import { viewFailure } from '../http/problem.ts'
import type { JobRow, JobStatus } from '../store/job-row.ts'
import { assetsOf, pictureUrl } from './pictures.ts'

export const predictionView = z
  .object({
    id: z.string(),
    status: z.enum(['starting', 'processing', 'succeeded', 'failed', 'canceled']),
    output: z.array(z.string()).nullable(),
    error: z.string().nullable(),
    created_at: z.iso.datetime(),
    started_at: z.iso.datetime().nullable(),
    completed_at: z.iso.datetime().nullable(),
  })
  .openapi('Prediction')

/** Its spelling, with one L. */
const statuses = {
  queued: 'starting',
  processing: 'processing',
  completed: 'succeeded',
  failed: 'failed',
  cancelled: 'canceled',
} as const satisfies Record<JobStatus, z.infer<typeof predictionView>['status']>

export async function viewPrediction(
  row: JobRow,
  storage: Pick<Storage, 'sign'>,
): Promise<z.infer<typeof predictionView>> {
  const output = await Promise.all(assetsOf(row).map((asset) => pictureUrl(asset, storage)))
  return {
    id: row.id,
    status: statuses[row.status],
    output: row.status === 'completed' ? output : null,
    error: row.failure ? viewFailure(row.failure, row.tried).detail : null,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    completed_at: row.finishedAt?.toISOString() ?? null,
  }
}
