/** How far a job is, in the words of the web UI's `progress`. */
import { z } from '@hono/zod-openapi'
import type { JobNews } from '../events/job-news.ts'
import type { JobWatch } from '../events/job-watch.ts'
import type { OpenJobs } from './open-sdapi-job.ts'

export type Snapshot = Extract<JobNews, { readonly kind: 'snapshot' }>

/** Longer than the watch takes for a look. */
const PATIENCE_MS = 2_000

/** What is known of a job now; undefined where it is over, or nothing can be found out. */
export async function snapshotOf(
  jobWatch: Pick<JobWatch, 'watch'>,
  id: string,
): Promise<Snapshot | undefined> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  for await (const news of jobWatch.watch(id, { signal })) {
    return news.kind === 'snapshot' ? news : undefined
  }
  return undefined
}

export const progressView = z
  .object({
    progress: z.number().min(0).max(1),
    eta_relative: z.number().openapi({ description: 'Seconds; 0 where nothing is known.' }),
    state: z.object({
      skipped: z.boolean(),
      interrupted: z.boolean(),
      stopping_generation: z.boolean(),
      job: z.string(),
      job_count: z.int(),
      job_timestamp: z.string(),
      job_no: z.int(),
      sampling_step: z.int(),
      sampling_steps: z.int(),
    }),
    current_image: z.string().nullable().openapi({
      description: 'What it would be now: a small JPEG as base64, where policy lets it be seen.',
    }),
    textinfo: z.string().nullable(),
  })
  .openapi('Progress')

/** Steps are evaluations, which is what is run of them. */
export function viewProgress(
  { current, count }: OpenJobs,
  snapshot: Snapshot | undefined,
): z.infer<typeof progressView> {
  const { images = 0, evaluations = 0 } = current?.planned ?? {}
  const { progress, standing } = snapshot ?? {}
  const done = progress?.steps?.step ?? 0
  const each = Math.max(1, evaluations)
  return {
    progress: Math.min(1, Math.max(0, progress?.fraction ?? 0)),
    eta_relative: progress?.estimatedSeconds ?? standing?.estimatedSeconds ?? 0,
    state: {
      skipped: false,
      interrupted: current?.cancelAsked ?? false,
      stopping_generation: current?.cancelAsked ?? false,
      job: current?.id ?? '',
      job_count: images,
      job_timestamp: current ? timestamp(current.createdAt) : '0',
      job_no: Math.min(Math.max(0, images - 1), Math.floor(done / each)),
      sampling_step: done % each,
      sampling_steps: current ? each : 0,
    },
    // A data URL, of which the web UI has the picture alone.
    current_image: progress?.preview?.replace(/^.*,/, '') ?? null,
    textinfo: textOf(standing?.position ?? 0, count),
  }
}

/** As the web UI writes it: 20261123093000. */
export const timestamp = (at: Date): string =>
  at.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)

function textOf(position: number, count: number): string | null {
  const line = position > 0 ? [`Number ${position} in line.`] : []
  const others = count > 1 ? [`${count - 1} more of yours after it.`] : []
  const said = [...line, ...others]
  return said.length > 0 ? said.join(' ') : null
}
