import { afterEach, beforeEach, expect, test } from 'vitest'
import { type S3Options, s3Storage } from './s3-storage.ts'
import { S3_KEYS, type S3Stub, s3Stub } from './s3-stub.case.ts'

const PNG = { contentType: 'image/png' }
const FINAL = 'workspace-temp/user/job/0.png'
const STAGED = 'workspace-temp/user/job/.staged/2/0.png'
const MINUTE = 60_000

let stub: S3Stub
beforeEach(async () => {
  stub = await s3Stub()
})
afterEach(() => stub[Symbol.asyncDispose]())

const storageWith = (other: Partial<S3Options> = {}) => s3Storage({ ...stub.options, ...other })
const picture = () => Buffer.from('picture')

test('a file lies under its whole path in the one bucket, with its type, whatever letters are in it', async () => {
  const path = "user-library/u/my cat's (1) & +=@,;$!*.png"
  const storage = storageWith()
  await storage.put(path, picture(), PNG)
  await storage.publish(path, `${path}.b`)
  expect([...stub.objects]).toEqual([[`${path}.b`, { type: 'image/png', bytes: picture() }]])
})

test('a publish copies, then deletes, and where that was done looks for the final file', async () => {
  const storage = storageWith()
  await storage.put(STAGED, picture(), PNG)
  await storage.publish(STAGED, FINAL)
  await storage.publish(STAGED, FINAL)
  expect(stub.asked).toEqual([
    ...[`PUT ${STAGED}`, `PUT ${FINAL}`, `DELETE ${STAGED}`],
    ...[`PUT ${FINAL}`, `HEAD ${FINAL}`],
  ])
})

test('a signed URL reads one file for its time, and nobody can make another of it', async () => {
  await storageWith().put(FINAL, picture(), PNG)
  await storageWith().put('workspace-temp/other.png', picture(), PNG)
  const url = await storageWith().sign(FINAL, 600)
  const statusOf = async (asked: string, init?: RequestInit) => (await fetch(asked, init)).status
  expect(await (await fetch(url)).text()).toBe('picture')
  expect(await statusOf(url, { method: 'PUT', body: 'x' })).toBe(403)
  expect(await statusOf(url, { method: 'DELETE' })).toBe(403)
  expect(await statusOf(url.replace('user/job/0', 'other'))).toBe(403)
  expect(await statusOf(url.replace('Expires=600', 'Expires=6000'))).toBe(403)
  stub.advance(11 * MINUTE)
  expect(await statusOf(url)).toBe(403)
})

test.each([
  [{ credentials: { ...S3_KEYS, secretAccessKey: 'sesame' } }, /with 403\. Check S3_ACCESS_KEY_ID/],
  [{ region: 'us-east-1' }, /with 400\. Check S3_REGION\.$/],
  [{ bucket: 'none-such' }, /with 404\. Check S3_BUCKET\.$/],
  [{ endpoint: 'http://127.0.0.1:1' }, /cannot be reached .* \(ECONNREFUSED\)\. Check S3_ENDPOINT/],
])('with %j names the mend, and no key', async (other, sentence) => {
  const put = expect(storageWith(other).put(FINAL, picture(), PNG)).rejects
  await put.toMatchObject({ code: 'storage-failed', retryable: true })
  await put.toThrow(sentence)
  await put.not.toThrow(/sesame|AKID|stub\/secret|Signature=/)
})

test('a clock that is wrong is named, as is a server that has a bad moment', async () => {
  stub.fail(1)
  const put = () => expect(storageWith().put(FINAL, picture(), PNG)).rejects
  await put().toThrow(/with 503\. Try again/)
  expect(stub.asked).toHaveLength(1)
  stub.advance(20 * MINUTE)
  await put().toThrow(/Set this machine's clock\.$/)
})

test('a file that begins to come and then does not is given up in time', async () => {
  await storageWith().put(FINAL, picture(), PNG)
  stub.stall()
  await expect(storageWith({ timeout: 300 }).get(FINAL)).rejects.toThrow(/\(no answer in time\)/)
})

test('keys that may not read are no reason to call a file missing', async () => {
  const storage = storageWith({ credentials: { ...S3_KEYS, secretAccessKey: 'sesame' } })
  await expect(storage.get(FINAL)).rejects.toMatchObject({ code: 'storage-failed' })
  await expect(storage.publish(STAGED, FINAL)).rejects.toMatchObject({ code: 'storage-failed' })
})

test.each([
  [{ endpoint: undefined }, 'https://pictures.s3.eu-north-1.amazonaws.com/a/b.png?'],
  [
    { endpoint: undefined, bucket: 'my.pictures' },
    'https://s3.eu-north-1.amazonaws.com/my.pictures/a/b.png?',
  ],
  [
    { endpoint: 'https://x.r2.cloudflarestorage.com/' },
    'https://x.r2.cloudflarestorage.com/pictures/a/b.png?',
  ],
  [
    { endpoint: 'https://store.example', forcePathStyle: false },
    'https://pictures.store.example/a/b.png?',
  ],
])('with %j a file is at %s', async ({ endpoint, ...other }, start) => {
  const { endpoint: _, ...options } = stub.options
  const storage = s3Storage({ ...options, ...other, ...(endpoint && { endpoint }) })
  expect((await storage.sign('a/b.png', 60)).slice(0, start.length)).toBe(start)
})
