/** The bodies of callbacks: today's `job-callback`, and the thin one of Standard Webhooks. */

export interface FinishedJob {
  readonly jobId: string
  readonly status: 'completed' | 'failed' | 'cancelled'
  readonly assets?: readonly CallbackAsset[]
  readonly errorMessage?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface CallbackAsset {
  /** Relative to the bucket: `USER/JOB/0.png`. */
  readonly url: string
  readonly thumbnailUrl?: string
  readonly metadata: Readonly<Record<string, unknown>>
}

/**
 * What job-callback reads. An asset's place in the array is its index there. Nothing in
 * `metadata` is null, since that would override what the receiver knows better.
 */
export function jobCallbackBody({
  jobId,
  status,
  assets = [],
  errorMessage,
  metadata,
}: FinishedJob): string {
  return JSON.stringify({
    job_id: jobId,
    status,
    assets: assets.map((asset) => ({
      type: 'image',
      url: asset.url,
      ...(asset.thumbnailUrl !== undefined && { thumbnail_url: asset.thumbnailUrl }),
      metadata: withoutNulls(asset.metadata),
    })),
    error_message: errorMessage ?? null,
    ...(metadata && { metadata: withoutNulls(metadata) }),
  })
}

/** Says what happened and to which job; the receiver asks for the rest. `now` in milliseconds. */
export function standardBody({ jobId, status }: FinishedJob, now: number): string {
  const data = { job_id: jobId, status }
  return JSON.stringify({ type: `job.${status}`, timestamp: new Date(now).toISOString(), data })
}

function withoutNulls(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}
