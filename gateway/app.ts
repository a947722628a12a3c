/** Everything that the gateway answers over HTTP, from parts that are handed in. */
import type { Log } from '#platform/log.ts'
import type { Tracing } from '#platform/tracing/span.ts'
import type { ClientAddress } from './callers/client-address.ts'
import type { Limits } from './callers/limits.ts'
import { greet } from './http/caller-of.ts'
import { shareWithPages } from './http/cross-origin.ts'
import type { ApiDocument } from './http/docs-page.ts'
import { limitUrl } from './http/limits.ts'
import { observe, type RequestMeter } from './http/observe.ts'
import { keepFixed, missing } from './http/refuse.ts'
import { createRouter, type Router } from './http/router.ts'
import { traceRequests } from './http/trace-requests.ts'
import { type CapabilitiesParts, capabilityRoutes } from './routes/capabilities.ts'
import { docsRoutes } from './routes/docs.ts'
import { type FilesParts, fileRoutes } from './routes/files.ts'
import { type HealthParts, healthRoutes } from './routes/health.ts'
import { type JobsParts, jobRoutes } from './routes/jobs.ts'
import { type UploadsParts, uploadRoutes } from './routes/uploads.ts'
import { type WorkersParts, workerRoutes } from './routes/workers.ts'
import { refuseByPath } from './surfaces/refuse-by-path.ts'

export interface AppParts
  extends JobsParts,
    UploadsParts,
    FilesParts,
    WorkersParts,
    CapabilitiesParts,
    HealthParts {
  readonly log: Log
  readonly meter: RequestMeter
  /** Undefined where nobody traces. */
  readonly tracing?: Tracing | undefined
  /** Of i2i. */
  readonly version: string
  readonly limits: Limits
  readonly clientAddress: ClientAddress
  /** Routes of other manners: events, webhooks, and the surfaces that clients already speak. */
  readonly others?: readonly Router[] | undefined
}

export function createApp(parts: AppParts): Router {
  const { log, others = [] } = parts
  const app = createRouter()
  app.use(observe(parts))
  if (parts.tracing) app.use(traceRequests(parts.tracing))
  app.use(shareWithPages())
  app.use(limitUrl())
  app.use(greet(parts))
  app.use(keepFixed(app))
  const document = (): ApiDocument => describe(app, parts.version)
  const all = [
    ...[jobRoutes(parts), uploadRoutes(parts), fileRoutes(parts), workerRoutes(parts)],
    ...[capabilityRoutes(parts), ...others, healthRoutes(parts), docsRoutes({ document })],
  ]
  for (const router of all) app.route('/', router)
  const refused = refuseByPath(log)
  app.onError(refused)
  app.notFound(missing(app, refused))
  return app
}

function describe(app: Router, version: string): ApiDocument {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, or a JWT of Supabase. Without either only this machine may call.',
  })
  const description =
    'Asks for pictures made from pictures, and sees that exactly one provider makes each.'
  // A reader of JSON sees it, who may not be TypeScript.
  const found = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'i2i', version, description },
  })
  return JSON.parse(JSON.stringify(found))
}
