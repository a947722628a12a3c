/** What is told of a job, as its stream of server-sent events says it. */
import { z } from '@hono/zod-openapi'
import type { Storage } from '#platform/storage/storage.ts'
import { jobView, viewJob } from '../jobs-view/job-view.ts'
import { jobStatuses, providerNames } from '../store/job-row.ts'
import type { JobNews, JobProgress, Standing } from './job-news.ts'
import { sse } from './sse.ts'

const standing = {
  status: z.enum(jobStatuses),
  provider: z.enum(providerNames).nullable(),
  position: z.int().nullable().openapi({
    description: 'In line for our workers, from 1; 0 where it does not wait in it.',
  }),
  estimatedSeconds: z.number().nullable().openapi({ description: 'Until it is done.' }),
}

const progressView = z.object({
  stage: z.string().nullable().openapi({ description: 'prompt, encode, denoise or decode.' }),
  image: z.int().nullable().openapi({ description: 'From 0.' }),
  step: z.int().nullable().openapi({ description: 'Evaluations done, over all images.' }),
  of: z.int().nullable(),
  fraction: z.number().openapi({ description: 'From 0 to 1.' }),
  preview: z.string().nullable().openapi({
    description:
      'What the picture would be now: a small JPEG as a data URL. Null where there is none, none that is newer, or it is held back.',
  }),
})

const snapshotView = jobView.extend({ ...standing, progress: progressView.nullable() })
const statusView = z.object({ jobId: z.string(), ...standing })
const progressEventView = progressView.extend({
  jobId: z.string(),
  provider: standing.provider,
  estimatedSeconds: standing.estimatedSeconds,
})

/** The data of events, by the names of their schemas in the description. The last event's is the job. */
export const eventViews = {
  JobSnapshotEvent: snapshotView,
  JobStatusEvent: statusView,
  JobProgressEvent: progressEventView,
}

/** The id of a job's last event: whoever comes back with it has heard all. */
export const END = 'end'

/** Throws `storage-failed` where the storage signs nothing. */
export async function writeNews(news: JobNews, storage: Pick<Storage, 'sign'>): Promise<string> {
  switch (news.kind) {
    case 'snapshot': {
      const data = {
        ...(await viewJob(news.row, storage)),
        ...viewStanding(news.standing),
        progress: news.progress ? viewProgress(news.progress) : null,
      } satisfies z.infer<typeof snapshotView>
      return sse({ event: 'snapshot', id: news.id, data })
    }
    case 'status': {
      const data = {
        jobId: news.jobId,
        ...viewStanding(news.standing),
      } satisfies z.infer<typeof statusView>
      return sse({ event: 'status', id: news.id, data })
    }
    case 'progress': {
      const { jobId, provider, progress } = news
      const estimatedSeconds = progress.estimatedSeconds ?? null
      const data = {
        ...{ jobId, provider, ...viewProgress(progress), estimatedSeconds },
      } satisfies z.infer<typeof progressEventView>
      return sse({ event: 'progress', id: news.id, data })
    }
    case 'ended':
      return sse({ event: news.row.status, id: END, data: await viewJob(news.row, storage) })
  }
}

const viewStanding = ({ status, provider, position, estimatedSeconds }: Standing) => ({
  ...{ status, provider, position: position ?? null, estimatedSeconds: estimatedSeconds ?? null },
})

function viewProgress({ steps, fraction, preview }: JobProgress): z.infer<typeof progressView> {
  const { stage, image, step, of } = steps ?? { stage: null, image: null, step: null, of: null }
  const rounded = Math.round(fraction * 1_000) / 1_000
  return { stage, image, step, of, fraction: rounded, preview: preview ?? null }
}
