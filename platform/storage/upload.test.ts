import { expect, test } from 'vitest'
import { createGuardedFetch } from '../fetch/guarded-fetch.ts'
import { retryingStorage } from './retrying-storage.ts'
import { uploadTo } from './signed-upload.ts'
import { supabaseStorage } from './supabase-storage.ts'
import { SERVICE_KEY, supabaseStub } from './supabase-stub.case.ts'

const contentType = 'image/png'
const FINAL = 'workspace-temp/user/job/0.png'

test('who has a signed URL puts one file with no key, and no other file', async () => {
  await using stub = await supabaseStub()
  const storage = supabaseStorage({ url: stub.origin, serviceKey: SERVICE_KEY })
  const guard = createGuardedFetch({ privateOrigins: [stub.origin] })
  const url = await storage.signUpload(FINAL)
  await uploadTo(url, Buffer.from('picture'), { contentType, guard })
  expect(stub.objects.get(FINAL)).toEqual({ type: contentType, bytes: Buffer.from('picture') })

  const other = uploadTo(url.replace('0.png', '1.png'), Buffer.from('x'), { contentType, guard })
  await expect(other).rejects.toMatchObject({ code: 'request-invalid' })
  await expect(other).rejects.not.toThrow('token')
})

test('an upload URL on the inside is not asked, one that is down may be asked again', async () => {
  await using stub = await supabaseStub()
  const url = `${stub.origin}/storage/v1/object/upload/sign/${FINAL}?token=put:${FINAL}`
  const upload = (guard = createGuardedFetch()) =>
    expect(uploadTo(url, Buffer.from('x'), { contentType, guard })).rejects
  await upload().toMatchObject({ code: 'request-invalid' })
  expect(stub.connections()).toBe(0)
  stub.fail(1)
  const guard = createGuardedFetch({ privateOrigins: [stub.origin] })
  await upload(guard).toMatchObject({ code: 'storage-failed', retryable: true })
})

test('a storage that is down for two requests loses no picture; what is not there is asked for once', async () => {
  await using stub = await supabaseStub()
  const plain = supabaseStorage({ url: stub.origin, serviceKey: SERVICE_KEY })
  const storage = retryingStorage(plain, { firstWait: 1 })
  stub.fail(2)
  await storage.put(FINAL, Buffer.from('picture'), { contentType })
  expect(stub.objects.has(FINAL)).toBe(true)
  stub.fail(3)
  await expect(storage.get(FINAL)).rejects.toMatchObject({ code: 'storage-failed' })
  const before = stub.asked.length
  await expect(storage.get('workspace-temp/none.png')).rejects.toMatchObject({ code: 'not-found' })
  expect(stub.asked.length - before).toBe(1)
})
