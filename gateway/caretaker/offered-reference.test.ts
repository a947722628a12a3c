import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createGuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import { serve } from '#platform/fetch/server.case.ts'
import { decodeImage } from '#platform/image/decode.ts'
import { Decoder } from '#platform/image/decoder/decoder.ts'
import { localStorage } from '#platform/storage/local-storage.ts'
import { Refusal } from '../../policy/refusal.ts'
import { picture } from '../providers/replicate/stub-picture.case.ts'
import { offerReference } from './offered-reference.ts'

const folder = mkdtempSync(join(tmpdir(), 'i2i-offer-'))
const storage = localStorage({ folder, baseUrl: 'https://i2i.example/v1/files', secret: 's' })
const decoder = new Decoder()
afterAll(async () => {
  await decoder[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})
const kind = { contentType: 'image/png' }
const { signal } = new AbortController()
const parts = {
  ...{ storage, decoder, isStoragePublic: true, guard: createGuardedFetch(), signal },
  ...{ requireCleared: async () => {}, areBytesHeld: false },
}
const offer = (path: string, more: object = {}) =>
  offerReference({ path }, 'anna', { ...parts, ...more })

test('what is stored is offered by an address, and as a PNG of the size that is asked for', async () => {
  await storage.put('user-library/anna/a.png', picture(80, 40), kind)
  for (const path of ['anna/a.png', 'user-library/anna/a.png']) {
    const url = await offer(path).publicUrl(60)
    expect(url).toMatch(/^https:\/\/i2i\.example\/v1\/files\/user-library\/anna\/a\.png\?expires=/)
    expect(await decodeImage(await offer(path).png())).toMatchObject({ width: 80, height: 40 })
    const fitted = await offer(path).png({ width: 64, height: 64 })
    expect(await decodeImage(fitted)).toMatchObject({ width: 64, height: 64 })
  }
})

test('nobody gets what is not cleared, by an address as little as by its pixels', async () => {
  await storage.put('user-library/anna/a.png', picture(80, 40), kind)
  const refusal = new Refusal('taken-down')
  const requireCleared = async () => Promise.reject(refusal)
  await expect(offer('anna/a.png', { requireCleared }).publicUrl(60)).rejects.toBe(refusal)
  await expect(offer('anna/a.png', { requireCleared }).png()).rejects.toBe(refusal)
})

test('where the bytes count that were looked at, no address is given of what may lie there later', async () => {
  const held = offer('anna/a.png', { areBytesHeld: true })
  expect(await held.publicUrl(60)).toBeUndefined()
  expect(await decodeImage(await held.png())).toMatchObject({ width: 80 })
})

test('a storage that nobody outside can reach has no addresses', async () => {
  expect(await offer('anna/a.png', { isStoragePublic: false }).publicUrl(60)).toBeUndefined()
})

test('a stranger’s address is fetched by us, once, and is not passed on', async () => {
  await using server = await serve((_, response) => response.end(picture(32, 32)))
  const guard = createGuardedFetch({ privateOrigins: [server.origin] })
  const offered = offerReference({ url: `${server.origin}/a.png` }, 'anna', { ...parts, guard })
  expect(await offered.publicUrl(60)).toBeUndefined()
  await offered.png()
  await offered.png({ width: 64, height: 64 })
  expect(server.connections()).toBe(1)
})

test.each(['bob/a.png', 'user-library/bob/a.png', 'user-library', 'elsewhere/anna/a.png'])(
  '%s is not anna’s to use, nor to have signed',
  async (path) => {
    const forbidden = { code: 'reference-forbidden' }
    await expect(offer(path).png()).rejects.toMatchObject(forbidden)
    await expect(offer(path).publicUrl(60)).rejects.toMatchObject(forbidden)
  },
)

test('what is not there, and what is no picture, is the caller’s to mend', async () => {
  await expect(offer('anna/gone.png').png()).rejects.toMatchObject({ code: 'reference-not-found' })
  await storage.put('user-library/anna/b.png', Buffer.from('no picture'), kind)
  await expect(offer('anna/b.png').png()).rejects.toMatchObject({ code: 'image-unreadable' })
})
