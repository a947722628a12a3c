import { expect, it } from 'vitest'
import { readDaemonConfig } from './config.ts'
import { openStorage } from './services.ts'

const least = { REDIS_URL: 'redis://here:6379', SDXL_CHECKPOINT: 'sdxl.safetensors' }
const bucket = { S3_BUCKET: 'pictures', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' }
const endpoint = { S3_ENDPOINT: 'http://minio:9000' }

it('names a bucket at Amazon by its keys alone, and one elsewhere by its endpoint too', () => {
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
  const s3 = { bucket: 'pictures', region: 'us-east-1', credentials }
  expect(readDaemonConfig({ ...least, ...bucket }).s3).toEqual(s3)
  const elsewhere = { ...endpoint, S3_REGION: 'auto', S3_FORCE_PATH_STYLE: '0' }
  expect(readDaemonConfig({ ...least, ...bucket, ...elsewhere }).s3).toEqual({
    ...s3,
    ...{ endpoint: 'http://minio:9000', region: 'auto', forcePathStyle: false },
  })
  expect(readDaemonConfig(least).s3).toBeUndefined()
})

it('is where the daemon’s files go', async () => {
  const storage = openStorage(readDaemonConfig({ ...least, ...bucket, ...endpoint }))
  const url = await storage?.sign('workspace-temp/u/j/0.png', 60)
  expect(url?.split('?')[0]).toBe('http://minio:9000/pictures/workspace-temp/u/j/0.png')
})

it.each([
  [{ S3_BUCKET: 'pictures' }, /S3_BUCKET needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY/],
  [{ ...bucket, S3_SECRET_ACCESS_KEY: '' }, /S3_BUCKET needs/],
  [endpoint, /S3_ENDPOINT is set without S3_BUCKET: name one, or unset it/],
  [{ ...bucket, S3_ENDPOINT: 'minio:9000' }, /S3_ENDPOINT must be an http or https URL/],
  [{ ...bucket, S3_FORCE_PATH_STYLE: 'yes' }, /S3_FORCE_PATH_STYLE must be one of 0, 1/],
  [
    { ...bucket, SUPABASE_URL: 'https://x.supabase.co', SUPABASE_SERVICE_KEY: 'key' },
    /S3_BUCKET and SUPABASE_URL both name where pictures go: unset one/,
  ],
  [{ ...bucket, STORAGE_FOLDER: 'none' }, /S3_BUCKET and STORAGE_FOLDER both/],
])('refuses %j with a sentence that has no key in it', (variables, sentence) => {
  const read = () => readDaemonConfig({ ...least, ...variables })
  expect(read).toThrow(sentence)
  expect(read).not.toThrow(/=secret|"secret"/)
})
