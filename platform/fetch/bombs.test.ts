import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { typescriptLoader } from '../typescript-loader.ts'
import type { BombsReport } from './bombs.case.ts'
import { serve } from './server.case.ts'

const BOMBS = fileURLToPath(new URL('bombs.case.ts', import.meta.url))

const kinds: Readonly<Record<string, string>> = {
  '/endless': 'reference-too-large',
  '/large': 'reference-too-large',
  '/large-unsaid': 'reference-too-large',
  '/gzip': 'reference-too-large',
  '/brotli': 'reference-too-large',
  '/drip': 'reference-timeout',
  '/silence': 'reference-timeout',
  '/gzip-of-gzip': 'reference-unreachable',
}

test('bombs of every kind end by what bounds them, and take no more memory than a few files (A25)', async () => {
  const gzip = gzipSync(Buffer.alloc(200_000_000), { level: 1 })
  const params = { [constants.BROTLI_PARAM_QUALITY]: 2 }
  const brotli = brotliCompressSync(Buffer.alloc(200_000_000), { params })
  await using server = await serve(({ url = '', socket }, response) => {
    const encoded = (encoding: string, body: Buffer) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body)
    switch (url) {
      case '/small':
        return response.end('small')
      case '/endless': {
        const chunk = Buffer.alloc(65_536)
        const pour = () => {
          while (!socket.destroyed && response.write(chunk));
        }
        response.on('drain', pour)
        return pour()
      }
      case '/large':
        return response.end(Buffer.alloc(11_000_000))
      case '/large-unsaid':
        response.write('x')
        return response.end(Buffer.alloc(11_000_000))
      case '/gzip':
        return encoded('gzip', gzip)
      case '/brotli':
        return encoded('br', brotli)
      case '/gzip-of-gzip':
        return encoded('gzip, gzip', gzipSync(gzip))
      case '/drip': {
        const drip = setInterval(() => response.write('x'), 20)
        return socket.on('close', () => clearInterval(drip))
      }
    }
  })
  // A process of its own, whose memory nobody else's work is in.
  const child = fork(BOMBS, [server.origin, ...Object.keys(kinds)], {
    execArgv: [...typescriptLoader(), '--expose-gc'],
  })
  const [report]: BombsReport[] = await once(child, 'message')
  expect(report?.codes).toEqual(Object.values(kinds))
  console.log(`grew by ${Math.round((report?.grewBy ?? 0) / 1e6)} MB`)
  // A bomb that was let in whole would be 200 MB alone; all of them, with what the loops compile to, take 40 to 60.
  expect(report?.grewBy).toBeLessThan(100e6)
})
