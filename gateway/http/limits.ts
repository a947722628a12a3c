/** How much of a request is read: refused by what it says of its length, or counted as it comes. */
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { Failure } from '#contract'
import { jsonOf, readBytes } from './read-body.ts'
import type { HttpEnv } from './router.ts'

export const MOST_JSON_BYTES = 256 * 1024
export const MOST_UPLOAD_BYTES = 12 * 1024 * 1024
export const MOST_HEADER_BYTES = 16 * 1024
/** A path in storage, each of its bytes as `%20`, and a signature. */
export const MOST_URL_CHARACTERS = 4_096

export function limitUrl(): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    if (context.req.url.length > MOST_URL_CHARACTERS) {
      const message = `The URL has more than ${MOST_URL_CHARACTERS} characters. Send what is long in the body.`
      throw new Failure('request-too-large', message)
    }
    await next()
  }
}

/** Throws `request-too-large`, and `media-type-unsupported` for what is compressed: what that would become is not known. */
export function limitBody(most: number): MiddlewareHandler<HttpEnv> {
  const refuse = () => {
    const message = `The body has more than ${most / 1024} KiB. Send less.`
    throw new Failure('request-too-large', message)
  }
  const count = bodyLimit({ maxSize: most, onError: refuse })
  return async (context, next) => {
    const { req } = context
    requirePlain(req.header('content-encoding'))
    if (req.header('transfer-encoding') !== undefined) return await count(context, next)
    if (Number(req.header('content-length') ?? 0) > most) refuse()
    await next()
  }
}

function requirePlain(coding: string | undefined): void {
  if (coding === undefined || /^\s*(?:identity\s*)?$/i.test(coding)) return
  const message =
    'The body is compressed, which is not read here. Send it without content-encoding.'
  throw new Failure('media-type-unsupported', message)
}

/** Throws `media-type-unsupported` for a body that does not say that it is JSON, and `request-unreadable` for one that is none. */
export function requireJson(): MiddlewareHandler<HttpEnv> {
  return async ({ req }, next) => {
    const type = req.header('content-type') ?? ''
    if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
      const message = 'The body must be JSON. Send it with content-type: application/json.'
      throw new Failure('media-type-unsupported', message)
    }
    const body = jsonOf(await readBytes(req.raw))
    // For whoever holds it against a schema, who would say no more than that it is none.
    Object.assign(req, { json: async () => body })
    await next()
  }
}
