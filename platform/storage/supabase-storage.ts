/** Pictures in Supabase Storage, by its REST interface and the headers that its policies demand. */

import { Failure } from '#contract'
import { objectPath, urlPath } from './object-path.ts'
import { MAX_FILE_BYTES, type Storage } from './storage.ts'
import { type Call, callSupabase } from './supabase-call.ts'
import { signTogether } from './supabase-sign.ts'

export interface SupabaseOptions {
  /** Of the project, such as `https://abc.supabase.co`. */
  readonly url: string
  readonly serviceKey: string
  /** Milliseconds for one request; 60 seconds, as the producers' own worker had. */
  readonly timeout?: number
}

/** A storage over all buckets of a project. The first segment of each path is its bucket. */
export function supabaseStorage({ url, serviceKey, timeout = 60_000 }: SupabaseOptions): Storage {
  const base = `${url.replace(/\/+$/, '')}/storage/v1`
  const call = (path: string, request: Omit<Call, 'serviceKey' | 'timeout' | 'about'>) =>
    callSupabase(base, { ...request, serviceKey, timeout, about: path })

  const move = async (staged: string, final: string): Promise<'moved' | 'missing' | 'taken'> => {
    const [from, to] = [objectPath(staged), objectPath(final)]
    const json = {
      bucketId: from.bucket,
      sourceKey: from.key,
      ...(to.bucket !== from.bucket && { destinationBucket: to.bucket }),
      destinationKey: to.key,
    }
    const { status } = await call(staged, { route: '/object/move', json, accept: [404, 409] })
    return status === 404 ? 'missing' : status === 409 ? 'taken' : 'moved'
  }

  const remove = async (path: string): Promise<void> => {
    const { bucket, key } = objectPath(path)
    const json = { prefixes: [key] }
    await call(path, { method: 'DELETE', route: `/object/${bucket}`, json, accept: [404] })
  }

  const exists = async (path: string): Promise<boolean> => {
    const route = `/object/info/${checkedUrlPath(path)}`
    const { status } = await call(path, { method: 'GET', route, accept: [404] })
    return status !== 404
  }

  const sign = signTogether(async (bucket, json) => {
    const { body } = await call(bucket, { route: `/object/sign/${bucket}`, json })
    return parsed(body)
  })

  return {
    async put(path, bytes, { contentType }) {
      const headers = { 'content-type': contentType, 'x-upsert': 'true' }
      await call(path, { route: `/object/${checkedUrlPath(path)}`, headers, body: bytes })
    },
    async get(path, maxBytes = MAX_FILE_BYTES) {
      const route = `/object/${checkedUrlPath(path)}`
      const { body } = await call(path, { method: 'GET', route, maxBytes })
      return body
    },
    async sign(path, seconds) {
      // The paths in it are as they were asked for, spaces too.
      return new URL(base + (await sign({ ...objectPath(path), seconds }))).href
    },
    async signUpload(path) {
      const route = `/object/upload/sign/${checkedUrlPath(path)}`
      const { body } = await call(path, { route, json: {}, headers: { 'x-upsert': 'true' } })
      return base + textField(body, 'url')
    },
    remove,
    async publish(staged, final) {
      let outcome = await move(staged, final)
      if (outcome === 'taken') {
        // A move does not replace, as every other storage's does.
        await remove(final)
        outcome = await move(staged, final)
      }
      if (outcome === 'moved') return
      if (outcome === 'taken') {
        const message = `Another file is put at ${final} at the same time. Try again.`
        throw new Failure('storage-failed', message)
      }
      if (await exists(final)) return
      throw new Failure('not-found', `There is no file ${staged}. It may have expired.`)
    },
  }
}

function checkedUrlPath(path: string): string {
  objectPath(path)
  return urlPath(path)
}

const parsed = (body: Uint8Array): unknown => JSON.parse(Buffer.from(body).toString())

function textField(body: Uint8Array, name: string): string {
  const value: unknown = Object.entries(parsed(body) ?? {}).find(([key]) => key === name)?.[1]
  if (typeof value === 'string') return value
  throw new Failure(
    'storage-failed',
    `Supabase Storage answered without ${name}. Check its version.`,
  )
}
