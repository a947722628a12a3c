/** References in fal.ai's own file store, for as long as a job may take: where nobody could fetch them from us. */
import { z } from 'zod'
import { Failure } from '#contract'
import type { ProviderHttp } from '../provider-http.ts'
import { refusalOfFal } from './refusal.ts'

export interface UploadOptions {
  readonly http: ProviderHttp
  readonly key: string
  readonly restUrl: string
  /** After which it is deleted there. */
  readonly seconds: number
  readonly now: () => number
  readonly signal: AbortSignal
}

const initiated = z.object({ upload_url: z.url(), file_url: z.url() })
const JSON_TYPE = 'application/json'
const TYPE = 'image/png'

/** @returns where it lies. Throws `provider-…`; nothing was ordered then. */
export async function upload(png: Uint8Array, options: UploadOptions): Promise<string> {
  const { http, key, restUrl, seconds, now, signal } = options
  const url = new URL(`${restUrl.replace(/\/$/, '')}/storage/upload/initiate`)
  url.searchParams.set('storage_type', 'fal-cdn-v3')
  const answer = await http.ask({
    method: 'POST',
    url,
    headers: {
      authorization: `Key ${key}`,
      'content-type': JSON_TYPE,
      'x-fal-object-lifecycle': JSON.stringify({ expiration_duration_seconds: seconds }),
    },
    body: JSON.stringify({ content_type: TYPE, file_name: 'reference.png' }),
    signal,
  })
  if (answer.status >= 300) throw refusalOfFal(answer, now())
  const place = initiated.safeParse(answer.json).data
  // The reference travels as safely as the call that asked where to.
  if (!place || new URL(place.upload_url).protocol !== url.protocol) {
    throw new Failure('provider-unavailable', 'fal.ai does not say where to put the reference.')
  }
  // The address is the permission: our key does not go there.
  const put = await http.ask({
    method: 'PUT',
    url: new URL(place.upload_url),
    headers: { 'content-type': TYPE },
    body: png,
    signal,
  })
  if (put.status < 300) return place.file_url
  // Not as of our key, which it did not get.
  const message = `fal.ai’s file store does not take the reference (${put.status}).`
  throw new Failure('provider-unavailable', message)
}
