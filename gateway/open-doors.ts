/** The routes of a gateway, with what each of them needs of all that was opened and goes on. */
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import { createApp } from './app.ts'
import type { GatewayConfig } from './config.ts'
import type { EventStreams } from './events/event-streams.ts'
import type { Router } from './http/router.ts'
import { createWaitForEnd } from './http/wait-for-end.ts'
import { createAccept } from './jobs/accept.ts'
import { cancelJob } from './jobs/cancel.ts'
import { purgeJob } from './jobs/retention.ts'
import { createComposeNegative } from './negative-prompts/compose-negative.ts'
import { createStoredTerms } from './negative-prompts/stored-terms.ts'
import type { Services } from './open-services.ts'
import { createReadiness } from './readiness.ts'
import { adminTakedownRoutes } from './routes/admin-takedowns.ts'
import { providerImageRoutes } from './routes/functions-provider-image.ts'
import { queueJobRoutes } from './routes/functions-queue-job.ts'
import { jobEventRoutes } from './routes/job-events.ts'
import { openaiRoutes } from './routes/openai-images.ts'
import { openaiModelRoutes } from './routes/openai-models.ts'
import { pageRoutes } from './routes/page.ts'
import { provenanceRoutes } from './routes/provenance.ts'
import { sdapiControlRoutes } from './routes/sdapi-control.ts'
import { sdapiGenerateRoutes } from './routes/sdapi-generate.ts'
import { sdapiListRoutes } from './routes/sdapi-lists.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import type { Work } from './start-work.ts'
import type { Owner } from './store/job-row.ts'
import { createClearReferences } from './trust/clear-references.ts'
import { createSuspensions } from './trust/suspensions.ts'
import { createSaveUpload } from './uploads/save-upload.ts'
import { version } from './version.ts'

export interface DoorParts {
  readonly services: Services
  readonly work: Work
  readonly eventStreams: EventStreams
  readonly isDraining: () => boolean
  /** Aborted: who waits for a job is told that it goes on without them. */
  readonly leaving: AbortSignal
}

export function openDoors(config: GatewayConfig, parts: DoorParts): Router {
  const { services, work, eventStreams, isDraining, leaving } = parts
  const { database, queue, storage, secret, decoder, providers, callers, log, metrics } = services
  const { routing, watch, caretaker, loops, jobs } = work
  const waitForEnd = createWaitForEnd({ database, watch, leaving })
  const countTokens = loadTokenCounter()
  const onError = (error: unknown) => log.warn('terms not read', { error })
  const stored = createStoredTerms({ sql: database, onError })
  const accept = createAccept({
    ...{ database, choose: routing.choose, screen: services.screen },
    ...config.policy,
    suspensions: createSuspensions({ sql: database }),
    clear: createClearReferences({ ...config.policy, database, storage, guard: services.guard }),
    composeNegative: createComposeNegative({ stored, count: countTokens }),
    defaultDeadlineMs: config.routing.defaultDeadlineMs,
    onAccepted: ({ provider }) => (provider === 'local-sdxl' ? loops : caretaker).nudge(),
  })
  const surface = {
    ...{ ...callers, accept: accept.accept, database, storage, log, jobWatch: watch },
    saveUpload: createSaveUpload({ database, storage, decoder }),
    waitForEnd,
    cancel: (id: string, owner: Owner) => cancelJob(id, owner, jobs),
  }
  const queueName = config.queue.name
  return createApp({
    ...{ ...surface, ...accept, version, countTokens, queueName, view: routing.view },
    granted: config.policy.granted,
    meter: metrics.requests,
    tracing: services.tracing,
    scrape: metrics.scrape,
    purge: (id, owner) => purgeJob(id, owner, jobs),
    localFiles: services.isStorageLocal ? { storage, secret } : undefined,
    readiness: createReadiness({
      ...{ sql: database, queue, redisState: services.redisState, isDraining },
      hasWorkers: config.routing.order.includes('local-sdxl'),
      hasFallback: providers.length > 0,
      notes: providers.flatMap(({ note }) => note ?? []),
    }),
    others: [
      jobEventRoutes({ ...surface, eventStreams }),
      queueJobRoutes({ ...surface, queueName, isQueueEnabled: config.isQueueJobOn }),
      providerImageRoutes(surface),
      openaiRoutes(surface),
      openaiModelRoutes(surface),
      sdapiGenerateRoutes(surface),
      sdapiControlRoutes(surface),
      sdapiListRoutes(surface),
      provenanceRoutes(surface),
      adminTakedownRoutes({ ...surface, takenDown: queue.takenDown }),
      webhookRoutes({ database, providers, caretaker, log }),
      pageRoutes({ storageUrl: config.storage.supabase?.url ?? config.storage.s3?.endpoint }),
    ],
  })
}
