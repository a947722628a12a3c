/** `POST /v1/uploads`: a reference comes in as bytes, and is kept as a picture of ours under its owner's path. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Failure } from '#contract'
import { json, problems, signedIn } from '../http/answers.ts'
import { allow, type CallerParts, callerOf } from '../http/caller-of.ts'
import { limitBody, MOST_UPLOAD_BYTES } from '../http/limits.ts'
import { formIn, readBytes } from '../http/read-body.ts'
import { createRouter, type HttpEnv, type Router } from '../http/router.ts'
import type { SaveUpload } from '../uploads/save-upload.ts'

export interface UploadsParts extends CallerParts {
  readonly saveUpload: SaveUpload
}

const binary = { type: 'string', format: 'binary' } as const
const form = { type: 'object' as const, required: ['file'], properties: { file: binary } }

export const uploadView = z
  .object({
    path: z.string().openapi({ description: 'For reference_image_url.' }),
    width: z.int(),
    height: z.int(),
    sha256: z.string(),
    bytes: z.int(),
  })
  .openapi('Upload')

const upload = createRoute({
  method: 'post',
  path: '/v1/uploads',
  tags: ['Files'],
  summary: 'Bring a reference picture',
  description: 'A PNG, JPEG or WebP of at most 12 MiB and 25 megapixels. Its metadata is not kept.',
  security: signedIn,
  request: {
    body: {
      required: true,
      content: {
        'multipart/form-data': { schema: form },
        'image/png': { schema: binary },
        'image/jpeg': { schema: binary },
        'image/webp': { schema: binary },
      },
    },
  },
  responses: {
    201: json(uploadView, 'It is kept, for as long as uploads are.'),
    ...problems(400, 401, 403, 413, 415, 422, 429, 451, 503),
  },
})

export function uploadRoutes(parts: UploadsParts): Router {
  const router = createRouter()
  const middleware = [callerOf(parts, 'files:write'), limitBody(MOST_UPLOAD_BYTES)]
  router.openapi({ ...upload, middleware }, async (context) => {
    await allow(context, parts, 0)
    const bytes = await picturesBytes(context)
    const { signal } = context.req.raw
    const saved = await parts.saveUpload(bytes, context.get('caller'), signal)
    return context.json(saved, 201)
  })
  return router
}

async function picturesBytes(context: Context<HttpEnv>): Promise<Uint8Array> {
  const contentType = context.req.header('content-type') ?? ''
  const type = contentType.toLowerCase()
  if (
    /^image\/(?:png|jpe?g|webp)\s*(?:;|$)/.test(type) ||
    /^application\/octet-stream/.test(type)
  ) {
    return new Uint8Array(await readBytes(context.req))
  }
  if (!type.startsWith('multipart/form-data')) {
    const message =
      'The body must be a picture: as multipart/form-data with a field file, or as image/png, image/jpeg or image/webp.'
    throw new Failure('media-type-unsupported', message)
  }
  const form = await formIn(await readBytes(context.req), contentType)
  const [file, ...others] = form.getAll('file')
  if (file instanceof File && others.length === 0) return new Uint8Array(await file.arrayBuffer())
  const message = 'file must be there, once, with the bytes of a picture: curl -F file=@photo.jpg.'
  throw new Failure('request-invalid', message, {
    cause: { fields: [{ field: 'file', message: 'must be the bytes of a picture' }] },
  })
}
