/** A field that names a file by its hash. */
import { z } from '@hono/zod-openapi'
import { sha256Pattern, sha256Rule } from '#contract'

export const sha256Field = z.string(sha256Rule).regex(sha256Pattern, sha256Rule)
