/**
 * A URL that lets whoever has it make one kind of request to S3 for some time, with no key: AWS Signature Version 4
 * with the signature in the query. Made here because it is one page, and no request is needed for it.
 */

import { createHash, createHmac } from 'node:crypto'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface Presigning {
  readonly method: 'GET' | 'PUT'
  readonly region: string
  readonly credentials: S3Credentials
  /** Seven days at most, which is all that S3 takes; what is more counts as that. */
  readonly seconds: number
  /** Names in lower case; the request must carry exactly these values. */
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly now: number
}

const WEEK = 7 * 24 * 60 * 60

/** @param url of the object, its path in the spelling of `awsEncoded` and without a query. */
export function presignedUrl(url: URL, presigning: Presigning): string {
  const { method, region, credentials, seconds, now } = presigning
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = [time.slice(0, 8), region, 's3', 'aws4_request']
  const headers = Object.entries({ ...presigning.headers, host: url.host }).toSorted(byName)
  const signedHeaders = headers.map(([name]) => name).join(';')
  const query = Object.entries({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [credentials.accessKeyId, ...scope].join('/'),
    'X-Amz-Date': time,
    'X-Amz-Expires': String(Math.min(seconds, WEEK)),
    'X-Amz-SignedHeaders': signedHeaders,
  })
    .map(([name, value]) => `${name}=${awsEncoded(value)}`)
    .join('&')
  const canonical = [
    method,
    url.pathname,
    query,
    ...headers.map(([name, value]) => `${name}:${value.trim()}`),
    '',
    signedHeaders,
    // Of a body that nobody has seen yet.
    'UNSIGNED-PAYLOAD',
  ].join('\n')
  const hash = createHash('sha256').update(canonical).digest('hex')
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash].join('\n')
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`)
  return `${url.origin}${url.pathname}?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`
}

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number =>
  a < b ? -1 : 1

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()

/** All but letters, digits and `-._~` in per cents, as the signature counts them. */
export function awsEncoded(text: string): string {
  const escaped = (sign: string) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text).replace(/[!'()*]/g, escaped)
}
