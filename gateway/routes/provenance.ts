/** `GET /v1/provenance`: whether a picture was made here, for whoever has the file. Whose it was is told to nobody else. */
import { createRoute, z } from '@hono/zod-openapi'
import { type Mode, modes } from '#contract'
import { sourceTypes } from '#platform/provenance/xmp-packet.ts'
import type { Sql } from '../database/database.ts'
import { json, problems, signedIn } from '../http/answers.ts'
import { allow, type CallerParts, callerOf } from '../http/caller-of.ts'
import { createRouter, type Router } from '../http/router.ts'
import { sha256Field } from '../requests/sha256-field.ts'
import type { Owner } from '../store/job-row.ts'

export interface ProvenanceParts extends CallerParts {
  readonly database: Sql
}

const provenanceView = z
  .object({
    sha256: z.string(),
    made: z.boolean().openapi({
      description:
        'false also of a picture that was changed since, or made so long ago that its row is gone.',
    }),
    madeAt: z.iso.datetime().optional(),
    model: z.string().optional(),
    mode: z.enum(modes).optional(),
    digitalSourceType: z.string().optional().openapi({ description: 'In IPTC’s words.' }),
    takenDown: z.boolean().optional(),
    jobId: z.string().optional().openapi({ description: 'For the caller whose job it was.' }),
  })
  .openapi('Provenance')

const provenance = createRoute({
  method: 'get',
  path: '/v1/provenance',
  tags: ['Service'],
  summary: 'Whether a picture was made here',
  security: signedIn,
  request: { query: z.object({ sha256: sha256Field.openapi({ description: 'Of the file.' }) }) },
  responses: {
    200: json(provenanceView, 'What the register of outputs knows.'),
    ...problems(401, 403, 422, 429, 503),
  },
})

export function provenanceRoutes(parts: ProvenanceParts): Router {
  const router = createRouter()
  router.openapi({ ...provenance, middleware: callerOf(parts, 'jobs:read') }, async (context) => {
    await allow(context, parts, 0)
    const { sha256 } = context.req.valid('query')
    return context.json(await provenanceOf(parts.database, sha256, context.get('caller')), 200)
  })
  return router
}

interface Registered {
  readonly jobId: string
  readonly isOwn: boolean
  readonly mode: Mode | null
  readonly model: string | null
  readonly at: Date
  readonly isGone: boolean
}

async function provenanceOf(
  sql: Sql,
  sha256: string,
  { tenant, userId }: Owner,
): Promise<z.infer<typeof provenanceView>> {
  const [row] = await sql.query<Registered>(
    `select job_id as "jobId", tenant = $2 and user_id = $3 as "isOwn", mode, model, created_at as at,
       taken_down_at is not null as "isGone"
     from i2i.outputs where sha256 = $1 order by 2 desc, created_at limit 1`,
    [sha256, tenant, userId],
  )
  if (!row) return { sha256, made: false }
  const { jobId, isOwn, mode, model, at, isGone } = row
  return {
    ...{ sha256, made: true, madeAt: at.toISOString() },
    ...(model !== null && { model }),
    ...(mode !== null && { mode, digitalSourceType: sourceTypes[mode] }),
    ...(isGone && { takenDown: true }),
    ...(isOwn && { jobId }),
  }
}
