import { expect, test } from 'vitest'
import { awsEncoded, presignedUrl } from './presigned-url.ts'

/** Amazon's own example: "Authenticating Requests: Using Query Parameters" of the S3 API reference. */
const example = {
  region: 'us-east-1',
  credentials: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
  seconds: 86_400,
  now: Date.UTC(2013, 4, 24),
} as const

test('the URL of Amazon’s own example has the signature that is published with it', () => {
  const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt')
  expect(presignedUrl(url, { ...example, method: 'GET' })).toBe(
    'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  )
})

test('a PUT with a content type, a port and odd letters is signed as botocore 1.43.11 signs it', () => {
  const path = `/pictures/user-library/u/${awsEncoded("my cat's (1)*!.png")}`
  const url = presignedUrl(new URL(`http://minio:9000${path}`), {
    ...example,
    method: 'PUT',
    headers: { 'content-type': 'image/png' },
  })
  expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('content-type;host')
  expect(new URL(url).searchParams.get('X-Amz-Signature')).toBe(
    'cb442d43b8c3dab112ea99f2d957cf5b7166f5a5070e79eeaea0617d7bf5959e',
  )
})

test('no URL is good for more than the seven days that S3 allows', () => {
  const url = new URL('https://b.s3.amazonaws.com/a')
  const signed = presignedUrl(url, { ...example, method: 'GET', seconds: 1e9 })
  expect(signed).toContain('X-Amz-Expires=604800&')
})
