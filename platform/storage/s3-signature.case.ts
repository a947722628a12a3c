/**
 * AWS Signature Version 4 from the server's side, for tests: what was received is put into canonical form, signed
 * with the key that both know, and compared. Shares no code with what signs.
 */

import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface Received {
  readonly method: string
  /** Path and query as they came. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

export interface Account {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What a request says of its signature, in its header or in its query. */
interface Claim {
  readonly credential: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** As `20130524T000000Z`. */
  readonly time: string
  /** Seconds that it is good for. */
  readonly seconds: number
  readonly payload: string
}

const SKEW = 15 * 60

/** The code of the error that S3 would answer; undefined for a request that is properly signed. */
export function refusalOfS3(received: Received, account: Account): string | undefined {
  const url = new URL(received.url, 'http://stub')
  const claim = inQuery(url.searchParams) ?? inHeader(received.headers)
  if (!claim) return 'AccessDenied'
  const [id, day, region, ...rest] = claim.credential.split('/')
  if (id !== account.accessKeyId) return 'InvalidAccessKeyId'
  if (region !== account.region) return 'AuthorizationHeaderMalformed'
  if (rest.join('/') !== 's3/aws4_request' || day !== claim.time.slice(0, 8)) return 'AccessDenied'
  const age = (account.now - timeOf(claim.time)) / 1000
  if (age < -SKEW || age > claim.seconds) return 'RequestTimeTooSkewed'
  const mustBeSigned = Object.keys(received.headers).filter((name) => name.startsWith('x-amz-'))
  const unsigned = ['host', ...mustBeSigned].filter((name) => !claim.signedHeaders.includes(name))
  if (unsigned.length > 0) return 'AccessDenied'
  const isOther = claim.payload !== 'UNSIGNED-PAYLOAD' && claim.payload !== sha256(received.bytes)
  if (isOther) return 'XAmzContentSHA256Mismatch'

  const canonical = canonicalOf(received, url, claim)
  const scope = `${day}/${region}/s3/aws4_request`
  const toSign = `AWS4-HMAC-SHA256\n${claim.time}\n${scope}\n${sha256(canonical)}`
  const dayKey = hmac(`AWS4${account.secretAccessKey}`, day)
  const key = hmac(hmac(hmac(dayKey, region), 's3'), 'aws4_request')
  return hmac(key, toSign).toString('hex') === claim.signature ? undefined : 'SignatureDoesNotMatch'
}

function inQuery(query: URLSearchParams): Claim | undefined {
  const field = (name: string) => query.get(`X-Amz-${name}`) ?? ''
  if (field('Algorithm') !== 'AWS4-HMAC-SHA256') return undefined
  return {
    credential: field('Credential'),
    signedHeaders: field('SignedHeaders').split(';'),
    signature: field('Signature'),
    time: field('Date'),
    seconds: Number(field('Expires')),
    payload: 'UNSIGNED-PAYLOAD',
  }
}

function inHeader(headers: IncomingHttpHeaders): Claim | undefined {
  const form = /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\w{64})$/
  const [, credential, signedHeaders, signature] = form.exec(headers.authorization ?? '') ?? []
  if (!credential || !signedHeaders || !signature) return undefined
  return {
    ...{ credential, signature, signedHeaders: signedHeaders.split(';') },
    time: String(headers['x-amz-date']),
    seconds: SKEW,
    payload: String(headers['x-amz-content-sha256']),
  }
}

function canonicalOf({ method, headers }: Received, url: URL, claim: Claim): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
  return [
    method,
    url.pathname
      .split('/')
      .map((segment) => encoded(decodeURIComponent(segment)))
      .join('/'),
    query.join('&'),
    ...claim.signedHeaders.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    claim.signedHeaders.join(';'),
    claim.payload,
  ].join('\n')
}

/** Byte by byte, as the description of the signature has it. */
function encoded(text: string): string {
  const spelled = [...Buffer.from(text)].map((byte) => {
    const letter = String.fromCharCode(byte)
    return /[A-Za-z0-9\-._~]/.test(letter)
      ? letter
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  })
  return spelled.join('')
}

const timeOf = (time: string): number =>
  Date.parse(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')

const hmac = (key: string | Buffer, data = ''): Buffer =>
  createHmac('sha256', key).update(data).digest()
