import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PNG, type TestGateway, testGateway } from '../gateway.case.ts'

let gateway: TestGateway
let url: string
beforeAll(async () => {
  gateway = await testGateway()
  const path = 'workspace-temp/local/job/0.png'
  await gateway.storage.put(path, PNG, { contentType: 'image/png' })
  url = await gateway.storage.sign(path, 60)
})
afterAll(() => gateway[Symbol.asyncDispose]())

describe('a file', () => {
  it('says how large it is to who asks for its head alone, and for a part', async () => {
    for (const method of ['GET', 'HEAD']) {
      const whole = await fetch(url, { method })
      expect([whole.status, whole.headers.get('content-length')]).toEqual([200, `${PNG.length}`])
      const part = await fetch(url, { method, headers: { range: 'bytes=-4' } })
      expect([part.status, part.headers.get('content-length')]).toEqual([206, '4'])
      expect((await part.arrayBuffer()).byteLength).toBe(method === 'GET' ? 4 : 0)
    }
  })

  it('is not sent again to who has it, whichever it is', async () => {
    const known = { 'if-none-match': '*' }
    expect((await fetch(url, { headers: known })).status).toBe(304)
  })

  it('tells who asks beyond its end how large it is, and nobody keeps that', async () => {
    const beyond = await fetch(url, { headers: { range: 'bytes=9999-' } })
    expect([beyond.status, await beyond.text()]).toEqual([
      416,
      `The file has ${PNG.length} bytes, and none of them is in that range.`,
    ])
    expect(beyond.headers.get('content-range')).toBe(`bytes */${PNG.length}`)
    expect(beyond.headers.get('cache-control')).toBe('no-store')
    expect(beyond.headers.get('content-type')).toContain('text/plain')
  })
})
