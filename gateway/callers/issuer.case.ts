/** Supabase's auth server as tokens and their verifier see it: a real server of keys that can go away, and signatures. */
import { createServer, type ServerResponse } from 'node:http'
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose'

export interface Issuer extends AsyncDisposable {
  readonly url: string
  /** How often its keys were asked for. */
  readonly asked: () => number
  /** How many of those that were asked for are still without an answer. */
  readonly pending: () => number
  /** `hangs`: takes requests and says nothing. */
  readonly behave: (how: 'answers' | 'fails' | 'hangs') => void
  /** From now on it signs with a new pair; the old one's key is published no more. */
  readonly rotate: (algorithm?: 'ES256' | 'RS256') => Promise<void>
  readonly sign: (claims: JWTPayload, header?: Readonly<Record<string, unknown>>) => Promise<string>
  /** As PEM, as everybody may read it. */
  readonly publicKey: () => Promise<string>
}

export async function issuer(): Promise<Issuer> {
  let asked = 0
  const pending = new Set<ServerResponse>()
  let how: 'answers' | 'fails' | 'hangs' = 'answers'
  let count = 0
  let pair: { privateKey: CryptoKey; publicKey: CryptoKey; alg: string; jwk: JWK }
  const rotate = async (alg: 'ES256' | 'RS256' = 'ES256') => {
    const { privateKey, publicKey } = await generateKeyPair(alg)
    const jwk = { ...(await exportJWK(publicKey)), kid: `key-${++count}`, alg, use: 'sig' }
    pair = { privateKey, publicKey, alg, jwk }
  }
  await rotate()
  const server = createServer(({ url }, response) => {
    asked++
    pending.add(response)
    response.once('close', () => pending.delete(response))
    if (how === 'hangs') return
    const isThere = how === 'answers' && url === '/auth/v1/.well-known/jwks.json'
    response.writeHead(isThere ? 200 : 500, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ keys: [pair.jwk] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked: () => asked,
    pending: () => pending.size,
    behave(next) {
      how = next
    },
    rotate,
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: pair.alg, kid: pair.jwk.kid ?? '', typ: 'JWT', ...header })
        .sign(pair.privateKey),
    publicKey: () => exportSPKI(pair.publicKey),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
