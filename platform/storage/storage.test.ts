import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { localStorage } from './local-storage.ts'
import { s3Storage } from './s3-storage.ts'
import { type S3Stub, s3Stub } from './s3-stub.case.ts'
import { isPermitted } from './signed-path.ts'
import type { Storage } from './storage.ts'
import { supabaseStorage } from './supabase-storage.ts'
import { SERVICE_KEY, type SupabaseStub, supabaseStub } from './supabase-stub.case.ts'

const PNG = { contentType: 'image/png' }
const FINAL = 'workspace-temp/user/job/0.png'
const STAGED = 'workspace-temp/user/job/.staged/2/0.png'

let folder: string
let stub: SupabaseStub
let s3: S3Stub
let storages: Record<'local' | 'supabase' | 's3', Storage>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-storage-'))
  stub = await supabaseStub()
  s3 = await s3Stub()
  storages = {
    local: localStorage({ folder, baseUrl: 'http://here/v1/files', secret: 's', now: () => 5_000 }),
    supabase: supabaseStorage({ url: stub.origin, serviceKey: SERVICE_KEY }),
    s3: s3Storage(s3.options),
  }
})
afterEach(async () => {
  await stub[Symbol.asyncDispose]()
  await s3[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const text = async (storage: Storage, path: string) =>
  Buffer.from(await storage.get(path)).toString()

describe.each(['local', 'supabase', 's3'] as const)('%s storage', (name) => {
  test('gives what it took, the last that it took', async () => {
    const storage = storages[name]
    await storage.put(FINAL, Buffer.from('first'), PNG)
    await storage.put(FINAL, Buffer.from('second'), PNG)
    expect(await text(storage, FINAL)).toBe('second')
  })

  test('says of what is not there that it is not', async () => {
    await expect(storages[name].get(FINAL)).rejects.toMatchObject({
      code: 'not-found',
      message: `There is no file ${FINAL}. It may have expired.`,
    })
    await expect(storages[name].publish(STAGED, FINAL)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('gives no more than is asked for', async () => {
    const storage = storages[name]
    await storage.put(FINAL, Buffer.alloc(1001), PNG)
    expect(await storage.get(FINAL, 1001)).toHaveLength(1001)
    await expect(storage.get(FINAL, 1000)).rejects.toMatchObject({ code: 'reference-too-large' })
  })

  test('removes once and again', async () => {
    const storage = storages[name]
    await storage.put(FINAL, Buffer.from('x'), PNG)
    await storage.remove(FINAL)
    await storage.remove(FINAL)
    await expect(storage.get(FINAL)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('publishes over what was there, and again without harm', async () => {
    const storage = storages[name]
    await storage.put(FINAL, Buffer.from('of an attempt before'), PNG)
    await storage.put(STAGED, Buffer.from('picture'), PNG)
    await storage.publish(STAGED, FINAL)
    await storage.publish(STAGED, FINAL)
    expect(await text(storage, FINAL)).toBe('picture')
    await expect(storage.get(STAGED)).rejects.toMatchObject({ code: 'not-found' })
  })

  test.each([
    '../secret',
    'workspace-temp/../../etc/passwd',
    '/etc/passwd',
    'workspace-temp',
    '',
    'a//b',
    'a/.',
    'a/..',
    'a/...',
    'a\\..\\b/c',
    'a/b\0',
    'a/b?x=1',
    'a/b#c',
    'a/%2e%2e/b',
    `a/${'b'.repeat(1024)}`,
  ])('refuses the path %j in every verb', async (path) => {
    const storage = storages[name]
    const tries = [
      () => storage.put(path, Buffer.from('x'), PNG),
      () => storage.get(path),
      () => storage.sign(path, 60),
      () => storage.signUpload(path, PNG, 60),
      () => storage.remove(path),
      () => storage.publish(path, FINAL),
      () => storage.publish(FINAL, path),
    ]
    for (const attempt of tries) {
      await expect(attempt()).rejects.toMatchObject({ code: 'request-invalid' })
    }
    expect([...stub.asked, ...s3.asked]).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })
})

describe('local storage', () => {
  test('keeps files under their paths and nothing beside them', async () => {
    await storages.local.put(FINAL, Buffer.from('picture'), PNG)
    expect(await readFile(join(folder, FINAL), 'utf8')).toBe('picture')
    expect(await readdir(join(folder, 'workspace-temp/user/job'))).toEqual(['0.png'])
  })

  test('leaves no folder behind that nothing is in', async () => {
    const thumbnail = STAGED.replace('.png', '.thumb.webp')
    await storages.local.put(STAGED, Buffer.from('picture'), PNG)
    await storages.local.put(thumbnail, Buffer.from('thumb'), PNG)
    await storages.local.publish(STAGED, FINAL)
    await storages.local.remove(thumbnail)
    expect(await readdir(join(folder, 'workspace-temp/user/job'))).toEqual(['0.png'])
    await storages.local.remove(FINAL)
    expect(await readdir(folder)).toEqual([])
  })

  test('loses no file to the folders that others remove at the same time', async () => {
    const storage = storages.local
    const attempt = async (name: string) => {
      for (let round = 0; round < 40; round++) {
        const staged = `workspace-temp/user/job/.staged/${round}/${name}.png`
        const final = `workspace-temp/user/job/${name}.png`
        await storage.put(staged, Buffer.from(name), PNG)
        await storage.publish(staged, final)
        expect(await text(storage, final)).toBe(name)
        await storage.remove(final)
      }
    }
    await Promise.all(['a', 'b', 'c'].map(attempt))
    expect(await readdir(folder)).toEqual([])
  })

  test('signs a URL for one path, one method and a time', async () => {
    const url = new URL(await storages.local.sign('user-library/u/my cat.png', 60))
    expect(url.pathname).toBe('/v1/files/user-library/u/my%20cat.png')
    const permission = { method: 'GET', path: 'user-library/u/my cat.png', expires: 65 } as const
    const signature = url.searchParams.get('signature')!
    const at = (now: number) => ({ secret: 's', now })
    expect(url.searchParams.get('expires')).toBe('65')
    expect(isPermitted(permission, signature, at(64_999))).toBe(true)
    expect(isPermitted(permission, signature, at(65_000))).toBe(false)
    for (const other of [
      { expires: 66 },
      { path: 'user-library/v/my cat.png' },
      { method: 'PUT' },
    ]) {
      expect(isPermitted({ ...permission, ...other } as never, signature, at(0))).toBe(false)
    }
    expect(isPermitted(permission, signature, { secret: 't', now: 0 })).toBe(false)
    expect(isPermitted(permission, '', at(0))).toBe(false)
  })

  test('says what the disk says of a file that cannot be written', async () => {
    await storages.local.put('workspace-temp/user/job/0.png', Buffer.from('a'), PNG)
    await expect(
      storages.local.put('workspace-temp/user/job', Buffer.from('b'), PNG),
    ).rejects.toThrow('(EISDIR)')
  })

  test('says so where its folder is none', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    const broken = localStorage({ folder: file, baseUrl: 'http://here', secret: 's' })
    await expect(broken.put(FINAL, Buffer.from('x'), PNG)).rejects.toMatchObject({
      code: 'storage-failed',
      retryable: true,
    })
  })
})

describe('supabase storage', () => {
  test('puts a picture where and how the producers expect it', async () => {
    await storages.supabase.put(FINAL, Buffer.from('picture'), PNG)
    await storages.supabase.put(FINAL.replace('.png', '.thumb.webp'), Buffer.from('thumb'), {
      contentType: 'image/webp',
    })
    expect(stub.asked).toEqual([
      'POST /object/workspace-temp/user/job/0.png',
      'POST /object/workspace-temp/user/job/0.thumb.webp',
    ])
    expect([...stub.objects.values()].map(({ type }) => type)).toEqual(['image/png', 'image/webp'])
  })

  test('publishes into another bucket', async () => {
    await storages.supabase.put('staging/a.png', Buffer.from('picture'), PNG)
    await storages.supabase.publish('staging/a.png', FINAL)
    expect(await text(storages.supabase, FINAL)).toBe('picture')
  })

  test('signs by asking', async () => {
    await storages.supabase.put(FINAL, Buffer.from('picture'), PNG)
    expect(await storages.supabase.sign(FINAL, 60)).toBe(
      `${stub.origin}/storage/v1/object/sign/${FINAL}?token=get:60`,
    )
    await expect(storages.supabase.sign('a/b.png', 60)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('signs in one call what is asked for at the same time, and each is told what became of its own', async () => {
    const { supabase } = storages
    const paths = Array.from({ length: 100 }, (_, i) => `workspace-temp/my user/job-${i}/0.png`)
    for (const path of paths) await supabase.put(path, Buffer.from('picture'), PNG)
    stub.asked.length = 0
    const urls = await Promise.all(paths.map((path) => supabase.sign(path, 60)))
    expect(stub.asked).toEqual(['POST /object/sign/workspace-temp'])
    expect(new Set(urls).size).toBe(100)
    expect(urls[7]).toBe(
      `${stub.origin}/storage/v1/object/sign/workspace-temp/my%20user/job-7/0.png?token=get:60`,
    )
    const mixed = await Promise.allSettled([
      supabase.sign(paths[0]!, 60),
      supabase.sign(paths[0]!, 90),
      supabase.sign('workspace-temp/gone.png', 60),
      supabase.sign('no path', 60),
    ])
    expect(mixed.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'rejected'],
    ])
    expect(stub.asked).toHaveLength(3)
    stub.fail(1)
    await expect(supabase.sign(paths[0]!, 60)).rejects.toMatchObject({ code: 'storage-failed' })
    expect(await supabase.sign(paths[0]!, 60)).toBe(urls[0])
  })

  test('names the mend for a wrong key, a wrong type and a project that is not there', async () => {
    const put = (storage: Storage, contentType = 'image/png') =>
      expect(storage.put(FINAL, Buffer.from('x'), { contentType })).rejects
    const stranger = supabaseStorage({ url: stub.origin, serviceKey: 'sesame' })
    await put(stranger).toThrow(/with 403\. Check SUPABASE_SERVICE_KEY\.$/)
    await put(storages.supabase, 'application/octet-stream').toThrow(/with 415\. Allow the content/)
    const nowhere = supabaseStorage({ url: 'http://127.0.0.1:1', serviceKey: 'sesame' })
    await put(nowhere).toMatchObject({ code: 'storage-failed' })
    await put(nowhere).not.toThrow('sesame')
  })
})
