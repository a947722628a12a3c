/** What the gateway answers, as the types of its own schemas: the page cannot read what no answer has. */
import type { z } from '@hono/zod-openapi'
import type { eventViews } from '../events/event-view.ts'
import type { acceptedView, previewView } from '../jobs-view/accepted-view.ts'
import type { assetView, JobView } from '../jobs-view/job-view.ts'
import type { jobPage, jobSummary } from '../jobs-view/summary-view.ts'
import type { Capabilities } from '../routes/capabilities.ts'
import type { uploadView } from '../routes/uploads.ts'
import type { RoutingView } from '../routing/routing-view.ts'

export type Job = JobView
export type Asset = z.infer<typeof assetView>
export type JobSummary = z.infer<typeof jobSummary>
export type JobPage = z.infer<typeof jobPage>
export type AcceptedJob = z.infer<typeof acceptedView>
export type Preview = z.infer<typeof previewView>
export type { Capabilities, RoutingView }
export type Worker = RoutingView['local']['workers'][number]

type Events = { readonly [Name in keyof typeof eventViews]: z.infer<(typeof eventViews)[Name]> }
export type Snapshot = Events['JobSnapshotEvent']
export type Progress = NonNullable<Snapshot['progress']>

/** What is heard of a job. `away` and `back` tell of a connection that was lost. */
export type News =
  | { readonly event: 'snapshot'; readonly data: Snapshot }
  | { readonly event: 'status'; readonly data: Events['JobStatusEvent'] }
  | { readonly event: 'progress'; readonly data: Events['JobProgressEvent'] }
  | { readonly event: 'completed' | 'failed' | 'cancelled'; readonly data: Job }
  | { readonly event: 'away' | 'back'; readonly data: null }

interface Answers {
  readonly 'GET /v1/capabilities': Capabilities
  readonly 'GET /v1/workers': RoutingView
  readonly 'POST /v1/uploads': z.infer<typeof uploadView>
  readonly 'POST /v1/jobs': AcceptedJob
  readonly 'POST /v1/jobs/preview': Preview
}

/** Of a request such as `GET /v1/jobs/{id}`. */
export type AnswerTo<Asked extends string> = Asked extends keyof Answers
  ? Answers[Asked]
  : Asked extends `GET /v1/jobs?${string}`
    ? JobPage
    : Asked extends `${'GET' | 'DELETE'} /v1/jobs/${string}`
      ? Job
      : never
