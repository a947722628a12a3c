/** Whence the daemon fetches references: one small picture, under every path. */

import { serve } from '#platform/fetch/server.case.ts'
import { encodeImage } from '#platform/image/encode.ts'

export interface References extends AsyncDisposable {
  readonly origin: string
  /** As a signed URL of today's storage, whose signature nobody checks. */
  readonly url: string
}

const [WIDTH, HEIGHT] = [96, 64]

export async function openReferences(): Promise<References> {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => i)
  const png = await encodeImage({ width: WIDTH, height: HEIGHT, data }, { format: 'png' })
  const server = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'image/png' }).end(png)
  })
  return {
    origin: server.origin,
    url: `${server.origin}/storage/v1/object/sign/user-library/a.png?token=t`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
