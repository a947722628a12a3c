/** `/openapi.json` and `/docs`: what all routes say of themselves, and nothing that was written beside them. */
import { createRoute, z } from '@hono/zod-openapi'
import { json, problems } from '../http/answers.ts'
import { type ApiDocument, docsPage } from '../http/docs-page.ts'
import { createRouter, type Router } from '../http/router.ts'

export interface DocsParts {
  /** Asked at the first request, when all routes are there. */
  readonly document: () => ApiDocument
}

const openApi = createRoute({
  method: 'get',
  path: '/openapi.json',
  tags: ['Service'],
  summary: 'This document',
  responses: { 200: json(z.record(z.string(), z.unknown()), 'OpenAPI 3.1.'), ...problems() },
})

const docs = createRoute({
  method: 'get',
  path: '/docs',
  tags: ['Service'],
  summary: 'This document, to read',
  responses: {
    200: { description: 'A page.', content: { 'text/html': { schema: z.string() } } },
    ...problems(),
  },
})

export function docsRoutes({ document }: DocsParts): Router {
  const router = createRouter()
  let found: ApiDocument | undefined
  let page: ReturnType<typeof docsPage> | undefined
  const once = () => {
    found ??= document()
    return found
  }
  router.openAPIRegistry.registerPath(openApi)
  router.get(openApi.path, (context) => context.json(once(), 200))
  router.openapi(docs, (context) => {
    page ??= docsPage(once())
    context.header('content-security-policy', page.contentSecurityPolicy)
    return context.html(page.html, 200)
  })
  return router
}
