import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createGuardedFetch } from '../fetch/guarded-fetch.ts'
import { serve, type TestServer } from '../fetch/server.case.ts'
import { localStorage } from './local-storage.ts'
import { retryingStorage } from './retrying-storage.ts'
import { s3Storage } from './s3-storage.ts'
import { s3Stub } from './s3-stub.case.ts'
import { isPermitted } from './signed-path.ts'
import { uploadTo } from './signed-upload.ts'
import type { Storage } from './storage.ts'
import { supabaseStorage } from './supabase-storage.ts'
import { SERVICE_KEY, supabaseStub } from './supabase-stub.case.ts'

const contentType = 'image/png'
const FINAL = 'workspace-temp/user/job/0.png'

interface Place extends AsyncDisposable {
  readonly storage: Storage
  readonly origin: string
}

describe.each([
  ['local', localPlace],
  ['supabase', supabasePlace],
  ['s3', s3Place],
] as const)('an upload URL of %s storage', (_, open) => {
  test('takes one file with no key, again over what was there, and no other file', async () => {
    await using place = await open()
    const { storage, origin } = place
    const guard = createGuardedFetch({ privateOrigins: [origin] })
    const url = await storage.signUpload(FINAL, { contentType }, 600)
    await uploadTo(url, Buffer.from('first'), { contentType, guard })
    await uploadTo(url, Buffer.from('picture'), { contentType, guard })
    expect(Buffer.from(await storage.get(FINAL)).toString()).toBe('picture')

    const other = uploadTo(url.replace('0.png', '1.png'), Buffer.from('x'), { contentType, guard })
    await expect(other).rejects.toMatchObject({ code: 'request-invalid' })
    await expect(other).rejects.not.toThrow(/token|[Ss]ignature|1\.png/)
    await expect(storage.get(FINAL.replace('0', '1'))).rejects.toMatchObject({ code: 'not-found' })
  })

  test('reads nothing', async () => {
    await using place = await open()
    await place.storage.put(FINAL, Buffer.from('picture'), { contentType })
    const answer = await fetch(await place.storage.signUpload(FINAL, { contentType }, 600))
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(await answer.text()).not.toContain('picture')
  })
})

// Supabase's know neither.
test.each([
  ['local', localPlace],
  ['s3', s3Place],
] as const)(
  'an upload URL of %s storage takes no other kind of file, and none too late',
  async (_, open) => {
    await using place = await open()
    const { storage, origin } = place
    const guard = createGuardedFetch({ privateOrigins: [origin] })
    const refused = async (url: string, kind: string) =>
      expect(uploadTo(url, Buffer.from('x'), { contentType: kind, guard })).rejects.toMatchObject({
        code: 'request-invalid',
      })
    await refused(await storage.signUpload(FINAL, { contentType }, 600), 'text/html')
    await refused(await storage.signUpload(FINAL, { contentType }, -1), contentType)
  },
)

test('an upload URL of local storage takes no more bytes than were signed', async () => {
  await using place = await localPlace()
  const url = await place.storage.signUpload(FINAL, { contentType }, 600)
  const guard = createGuardedFetch({ privateOrigins: [place.origin] })
  const small = url.replace(/max=\d+/, 'max=2')
  expect(small).not.toBe(url)
  for (const changed of [
    small,
    url.replace(/max=\d+/, 'max=999999999'),
    url.replace(/max=\d+/, ''),
  ]) {
    await expect(
      uploadTo(changed, Buffer.from('picture'), { contentType, guard }),
    ).rejects.toMatchObject({ code: 'request-invalid' })
  }
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

async function supabasePlace(): Promise<Place> {
  const stub = await supabaseStub()
  const storage = supabaseStorage({ url: stub.origin, serviceKey: SERVICE_KEY })
  return { storage, origin: stub.origin, [Symbol.asyncDispose]: stub[Symbol.asyncDispose] }
}

async function s3Place(): Promise<Place> {
  const stub = await s3Stub()
  const storage = s3Storage(stub.options)
  return { storage, origin: stub.origin, [Symbol.asyncDispose]: stub[Symbol.asyncDispose] }
}

const SECRET = 'of the gateway'

/** Local storage behind a server that takes what its signatures permit, as a gateway does. */
async function localPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-uploads-'))
  const server: TestServer = await serve(async (request, response) => {
    response.writeHead(await taken(request, storage)).end()
  })
  const storage = localStorage({ folder, baseUrl: `${server.origin}/v1/files`, secret: SECRET })
  return {
    storage,
    origin: server.origin,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

async function taken(request: IncomingMessage, storage: Storage): Promise<number> {
  const url = new URL(request.url ?? '', 'http://here')
  const path = decodeURIComponent(url.pathname.replace('/v1/files/', ''))
  const field = (name: string) => url.searchParams.get(name) ?? ''
  const kind = { contentType: request.headers['content-type'] ?? '' }
  const maxBytes = Number(field('max'))
  const asked = { path, expires: Number(field('expires')), ...kind, maxBytes }
  const permission = { ...asked, method: request.method === 'PUT' ? 'PUT' : 'GET' } as const
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  if (bytes.length > maxBytes) return 413
  if (!isPermitted(permission, field('signature'), { secret: SECRET })) return 403
  await storage.put(path, bytes, kind)
  return 200
}
