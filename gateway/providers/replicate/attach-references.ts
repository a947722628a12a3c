/** References as a model's inputs, with Replicate's own file store for those that it could not fetch from us. */

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { Failure } from '#contract'
import { addressesOf, addressOf, placeAtSize } from '../place-references.ts'
import type { Order } from '../provider.ts'
import type { Pictures } from './composition.ts'
import type { ReplicateApi } from './replicate-api.ts'

export interface AttachOptions {
  readonly api: ReplicateApi
  readonly pictures: Pictures
  /** For which the addresses must hold. */
  readonly seconds: number
  readonly signal: AbortSignal
}

/** @returns the inputs that say where they are. Throws as `ReplicateApi.post`, and what reading a reference throws. */
export async function attachReferences(
  order: Order,
  options: AttachOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const { reference, furtherReferences } = order
  const { pictures, seconds } = options
  if (!reference) throw new Error('A job with a reference came without one.')
  const placing = { seconds, upload: (png: Uint8Array) => upload(png, options) }
  if (pictures.isList) {
    return { [pictures.field]: await addressesOf([reference, ...furtherReferences], placing) }
  }
  if (!pictures.isSizeDecisive) return { [pictures.field]: await addressOf(reference, placing) }
  const { address, size } = await placeAtSize(order, placing)
  const { width, height } = pictures
  return {
    [pictures.field]: address,
    ...(width !== undefined &&
      height !== undefined && { [width]: size.width, [height]: size.height }),
  }
}

const fileAnswer = z.object({ urls: z.object({ get: z.url() }) })

async function upload(png: Uint8Array, { api, signal }: AttachOptions): Promise<string> {
  const boundary = `i2i-${randomUUID()}`
  const disposition = 'content-disposition: form-data; name="content"; filename="reference.png"'
  const body = Buffer.concat([
    Buffer.from(`--${boundary}\r\n${disposition}\r\ncontent-type: image/png\r\n\r\n`),
    png,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  const answer = fileAnswer.safeParse((await api.post('files', { headers, body, signal })).json)
  if (answer.success) return answer.data.urls.get
  throw new Failure('provider-unavailable', 'Replicate does not say where it put the reference.')
}
