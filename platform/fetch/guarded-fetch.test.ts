import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createGuardedFetch } from './guarded-fetch.ts'
import { serve } from './server.case.ts'

describe('what an answer may be', () => {
  test('three redirects are followed, four are not', async () => {
    await using server = await serve(({ url = '' }, response) => {
      const left = Number(url.slice(1))
      if (left === 0) response.end('there')
      else response.writeHead(307, { location: `/${left - 1}` }).end()
    })
    const guarded = createGuardedFetch({ privateOrigins: [server.origin] })
    expect(Buffer.from(await guarded.download(`${server.origin}/3`)).toString()).toBe('there')
    await expect(guarded.download(`${server.origin}/4`)).rejects.toMatchObject({
      code: 'reference-unreachable',
    })
  })

  test.each([
    [404, 'reference-not-found'],
    [410, 'reference-not-found'],
    [403, 'reference-not-found'],
    [500, 'reference-unreachable'],
    [302, 'reference-unreachable'],
  ])('%i is %s, and the query is not told', async (status, code) => {
    await using server = await serve((_, response) => response.writeHead(status).end('no'))
    const guarded = createGuardedFetch({ privateOrigins: [server.origin] })
    const refused = guarded.download(`${server.origin}/secret-path?token=sesame`)
    await expect(refused).rejects.toMatchObject({ code })
    await expect(refused).rejects.toThrow('127.0.0.1')
    await expect(refused).rejects.not.toThrow(/sesame|secret-path/)
  })

  test('a body of the limit is had, one byte more is not, said or unsaid', async () => {
    await using server = await serve(({ url }, response) => {
      if (url === '/said') response.setHeader('content-length', 1001)
      response.write(Buffer.alloc(1000))
      if (url !== '/fits') response.write('x')
      response.end()
    })
    const guarded = createGuardedFetch({ privateOrigins: [server.origin], maxBytes: 1000 })
    expect((await guarded.download(`${server.origin}/fits`)).length).toBe(1000)
    for (const path of ['/said', '/unsaid']) {
      await expect(guarded.download(server.origin + path)).rejects.toMatchObject({
        code: 'reference-too-large',
      })
    }
  })

  test('an endless body ends at the limit, and the connection with it', async () => {
    let isOpen = true
    let poured = 0
    await using server = await serve((_, response) => {
      const chunk = Buffer.alloc(65_536)
      response.on('close', () => {
        isOpen = false
      })
      const pour = () => {
        while (isOpen && response.write(chunk)) poured += chunk.length
      }
      response.on('drain', pour)
      pour()
    })
    const guarded = createGuardedFetch({ privateOrigins: [server.origin], maxBytes: 5_000_000 })
    await expect(guarded.download(server.origin)).rejects.toMatchObject({
      code: 'reference-too-large',
    })
    await expect.poll(() => isOpen).toBe(false)
    // The limit, and what sockets hold on the way.
    expect(poured).toBeLessThan(32e6)
  })

  test('100 MB gzipped to 100 KB ends at the limit; what is honestly gzipped is had', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000))
    expect(bomb.length).toBeLessThan(110_000)
    await using server = await serve(({ url }, response) => {
      response.setHeader('content-encoding', url === '/odd' ? 'gzip, gzip' : 'gzip')
      response.end(url === '/bomb' ? bomb : gzipSync('picture'))
    })
    const guarded = createGuardedFetch({ privateOrigins: [server.origin], maxBytes: 1_000_000 })
    const before = process.memoryUsage().rss
    await expect(guarded.download(`${server.origin}/bomb`)).rejects.toMatchObject({
      code: 'reference-too-large',
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(32e6)
    expect(Buffer.from(await guarded.download(server.origin)).toString()).toBe('picture')
    await expect(guarded.download(`${server.origin}/odd`)).rejects.toThrow('not asked for')
  })

  test('a page is had as it is: what it is, is for the decoder to say', async () => {
    await using server = await serve((_, response) => {
      response.setHeader('content-type', 'image/png').end('<html>')
    })
    const guarded = createGuardedFetch({ privateOrigins: [server.origin] })
    expect(Buffer.from(await guarded.download(server.origin)).toString()).toBe('<html>')
  })

  test.each(['silence', 'headers for ever', 'a body drop by drop'])(
    '%s times out',
    async (kind) => {
      await using server = await serve(({ socket }, response) => {
        const drip = setInterval(() => {
          if (kind === 'headers for ever') socket.write('x: y\r\n')
          if (kind === 'a body drop by drop') response.write('x')
        }, 20)
        if (kind === 'headers for ever') socket.write('HTTP/1.1 200 OK\r\n')
        socket.on('close', () => clearInterval(drip))
      })
      const timeouts = { total: 300 }
      const guarded = createGuardedFetch({ privateOrigins: [server.origin], timeouts })
      await expect(guarded.download(server.origin)).rejects.toMatchObject({
        code: 'reference-timeout',
      })
    },
  )

  test('a connection cut, and a port that nobody listens on', async () => {
    await using server = await serve(({ socket }, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half')
      setTimeout(() => socket.destroy(), 20)
    })
    const privateOrigins = [server.origin, 'http://127.0.0.1:1']
    const guarded = createGuardedFetch({ privateOrigins })
    for (const url of privateOrigins) {
      await expect(guarded.download(url)).rejects.toMatchObject({ code: 'reference-unreachable' })
    }
  })

  test('the caller can end it', async () => {
    await using server = await serve(() => {})
    const guarded = createGuardedFetch({ privateOrigins: [server.origin] })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 50)
    const { signal } = controller
    await expect(guarded.download(server.origin, { signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
  })
})

test('what is sent arrives whole, once, and a redirect is an answer like any other', async () => {
  await using canary = await serve((_, response) => response.end('secret'))
  await using server = await serve(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    response
      .writeHead(302, { location: canary.origin, 'x-was': `${request.method} ${body}` })
      .end('moved')
  })
  const guarded = createGuardedFetch({ privateOrigins: [server.origin, canary.origin] })
  const message = {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'hello',
  } as const
  const { status, headers, body } = await guarded.send(server.origin, message)
  expect([status, headers['x-was'], String(Buffer.from(body))]).toEqual([
    302,
    'POST hello',
    'moved',
  ])
  expect(canary.connections()).toBe(0)
})
