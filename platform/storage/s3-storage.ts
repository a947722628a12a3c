/** Pictures in one bucket of S3 or of what speaks its language (MinIO, R2), under the paths that all storages have. */

import { Readable } from 'node:stream'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { objectPath } from './object-path.ts'
import { awsEncoded, presignedUrl, type S3Credentials } from './presigned-url.ts'
import { isMissing, s3Failure } from './s3-failure.ts'
import { MAX_FILE_BYTES, type Storage } from './storage.ts'
import { tooLarge } from './too-large.ts'

export interface S3Options {
  /** Holds what other storages keep in many: their bucket is the first folder in this one. */
  readonly bucket: string
  readonly region: string
  /** Such as `http://minio:9000`; Amazon's own in the region unless given. */
  readonly endpoint?: string
  /** `ENDPOINT/BUCKET/…` instead of `BUCKET.ENDPOINT/…`; so by default where an endpoint is given. */
  readonly forcePathStyle?: boolean
  readonly credentials: S3Credentials
  /** Milliseconds for one verb; 60 seconds unless given. */
  readonly timeout?: number
  /** Milliseconds since 1970, for URLs; the clock's unless given. */
  readonly now?: () => number
}

/** A storage over a bucket that is there. A file that is there is never half written. */
export function s3Storage(options: S3Options): Storage {
  const { bucket: Bucket, region, credentials, timeout = 60_000, now = Date.now } = options
  const endpoint = options.endpoint ?? `https://s3.${region}.amazonaws.com`
  const forcePathStyle = isPathStyle(options)
  const client = new S3Client({
    ...{ region, endpoint, forcePathStyle, credentials: { ...credentials } },
    // All that there is to say is said here: nothing of Amazon's own variables and files is to change it.
    ...{ useDualstackEndpoint: false, useFipsEndpoint: false, useArnRegion: false },
    // Whoever needs patience has a `retryingStorage`.
    maxAttempts: 1,
    // The signature covers the bytes already, and not every server knows the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: Math.min(timeout, 10_000) },
  })

  const base = bucketUrl(endpoint, Bucket, forcePathStyle)
  const urlOf = (path: string) => new URL(`${base}/${path.split('/').map(awsEncoded).join('/')}`)

  /** The whole of `work` within the time, a body that comes by drops too. */
  const within = async <T>(path: string, work: (abortSignal: AbortSignal) => Promise<T>) => {
    try {
      return await work(AbortSignal.timeout(timeout))
    } catch (error) {
      throw s3Failure(error, path)
    }
  }

  const exists = async (Key: string, abortSignal: AbortSignal): Promise<boolean> => {
    try {
      await client.send(new HeadObjectCommand({ Bucket, Key }), { abortSignal })
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  return {
    async put(path, bytes, { contentType: ContentType }) {
      const Key = keyOf(path)
      const command = new PutObjectCommand({ Bucket, Key, Body: bytes, ContentType })
      await within(path, (abortSignal) => client.send(command, { abortSignal }))
    },
    async get(path, maxBytes = MAX_FILE_BYTES) {
      const command = new GetObjectCommand({ Bucket, Key: keyOf(path) })
      return await within(path, async (abortSignal) => {
        const { Body } = await client.send(command, { abortSignal })
        if (!(Body instanceof Readable)) throw new Error('the answer has no stream')
        return await readAll(Body, { path, maxBytes, abortSignal })
      })
    },
    async sign(path, seconds) {
      keyOf(path)
      return presignedUrl(urlOf(path), { method: 'GET', region, credentials, seconds, now: now() })
    },
    async signUpload(path, { contentType }, seconds) {
      keyOf(path)
      const headers = { 'content-type': contentType }
      const presigning = { method: 'PUT', region, credentials, seconds, headers } as const
      return presignedUrl(urlOf(path), { ...presigning, now: now() })
    },
    async remove(path) {
      const command = new DeleteObjectCommand({ Bucket, Key: keyOf(path) })
      await within(path, (abortSignal) => client.send(command, { abortSignal }))
    },
    async publish(staged, final) {
      const [from, Key] = [keyOf(staged), keyOf(final)]
      const CopySource = [Bucket, ...from.split('/')].map(awsEncoded).join('/')
      await within(staged, async (abortSignal) => {
        try {
          await client.send(new CopyObjectCommand({ Bucket, Key, CopySource }), { abortSignal })
        } catch (error) {
          if (isMissing(error) && (await exists(Key, abortSignal))) return
          throw error
        }
        await client.send(new DeleteObjectCommand({ Bucket, Key: from }), { abortSignal })
      })
    },
  }
}

/** Names with dots, capitals or underscores are no part of a host that a certificate covers. */
function isPathStyle({ bucket, endpoint, forcePathStyle }: S3Options): boolean {
  const isLabel = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)
  return !isLabel || (forcePathStyle ?? endpoint !== undefined)
}

function bucketUrl(endpoint: string, bucket: string, forcePathStyle: boolean): string {
  const { protocol, host, pathname } = new URL(endpoint)
  const folder = pathname.replace(/\/+$/, '')
  if (forcePathStyle) return `${protocol}//${host}${folder}/${awsEncoded(bucket)}`
  return `${protocol}//${bucket}.${host}${folder}`
}

/** The path itself, once it has been found to be one. */
function keyOf(path: string): string {
  objectPath(path)
  return path
}

interface Reading {
  readonly path: string
  readonly maxBytes: number
  readonly abortSignal: AbortSignal
}

async function readAll(
  body: Readable,
  { path, maxBytes, abortSignal }: Reading,
): Promise<Uint8Array> {
  const stop = () => body.destroy(abortSignal.reason)
  abortSignal.addEventListener('abort', stop, { once: true })
  try {
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of body) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge(path, maxBytes)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks, length)
  } finally {
    abortSignal.removeEventListener('abort', stop)
    body.destroy()
  }
}
