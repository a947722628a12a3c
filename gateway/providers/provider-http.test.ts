import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { serve } from '../../platform/fetch/server.case.ts'
import { createProviderHttp, type ProviderTimeouts } from './provider-http.ts'

const opened = (timeouts?: Partial<ProviderTimeouts>) =>
  createProviderHttp({
    ...{ provider: 'Replicate', timeouts },
    lookup: (_name, _options, done) =>
      done(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), ''),
  })
const http = opened()
const call = (url: string) =>
  ({ method: 'POST', url: new URL(url), headers: {}, body: '{}' }) as const

test('what is refused or not found was not sent', async () => {
  for (const url of ['http://127.0.0.1:1/', 'http://replicate.invalid/']) {
    await expect(http.order(call(url))).rejects.toMatchObject({ code: 'provider-unavailable' })
  }
})

test('a handshake that fails was not a request', async () => {
  await using plain = await serve((_, response) => response.end())
  const url = plain.origin.replace('http:', 'https:')
  await expect(http.order(call(url))).rejects.toMatchObject({ code: 'provider-unavailable' })
})

test('a signal that was aborted before keeps it from being sent', async () => {
  await using there = await serve((_, response) => response.end())
  const signal = AbortSignal.abort()
  await expect(http.order({ ...call(there.origin), signal })).rejects.toMatchObject({
    code: 'provider-unavailable',
  })
  expect(there.connections()).toBe(0)
})

test('a reset, a silence and half an answer after the request are ambiguous, and it was sent once', async () => {
  // Of these four the silence alone comes to it.
  const hasty = opened({ total: 500 })
  let heard = 0
  const answers: ((socket: Socket) => void)[] = [
    (socket) => socket.resetAndDestroy(),
    () => {},
    (socket) => socket.end('HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{"id"'),
    (socket) => socket.end('what is this\r\n\r\n'),
  ]
  const server = createTcpServer((socket) => {
    socket.on('error', () => {}).once('data', () => answers[heard++]?.(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  for (const [n] of answers.entries()) {
    const ordered = hasty.order(call(`http://127.0.0.1:${port}/`))
    await expect(ordered).rejects.toMatchObject({ code: 'provider-ambiguous' })
    expect(heard).toBe(n + 1)
  }
  server.close()
})

test('a refusal is one even where its words are cut off', async () => {
  await using there = await serve((_, response) => {
    response.writeHead(422, { 'content-length': '100' }).write('{"detail":')
    setTimeout(() => response.socket?.destroy(), 20)
  })
  expect(await http.order(call(there.origin))).toMatchObject({ status: 422, json: undefined })
})

test('a question that is not answered is no more than that', async () => {
  await using there = await serve((request) => void request.socket.destroy())
  await expect(http.ask({ ...call(there.origin), method: 'GET' })).rejects.toMatchObject({
    code: 'provider-unavailable',
  })
})

test('a redirect is not followed, so that no key travels', async () => {
  await using elsewhere = await serve((_, response) => response.end())
  await using there = await serve((_, response) =>
    response.writeHead(307, { location: elsewhere.origin }).end(),
  )
  expect(await http.order(call(there.origin))).toMatchObject({ status: 307 })
  expect(elsewhere.connections()).toBe(0)
})
