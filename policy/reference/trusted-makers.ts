/** Makers of pictures whom the operator trusts: their public keys, and what they have signed. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'

export interface TrustedMaker {
  readonly name: string
  readonly key: KeyObject
}

/** Before a raw Ed25519 key of 32 bytes, what makes it a SubjectPublicKeyInfo (RFC 8410, 4). */
const SPKI_HEADER = Buffer.from('302a300506032b6570032100', 'hex')

/** `NAME=KEY`, the key as the base64 of its 32 bytes. Undefined for what is none. */
export function readTrustedMaker(text: string): TrustedMaker | undefined {
  const [, name = '', key = ''] = /^([\w.-]{1,64})=([\w+/-]{43}=?)$/.exec(text) ?? []
  const raw = Buffer.from(key, 'base64')
  if (raw.length !== 32) return undefined
  const der = Buffer.concat([SPKI_HEADER, raw])
  return { name, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}

/**
 * What a maker signs to say that no photograph is behind a picture: the text, in ASCII. It names what is said, so that
 * nothing else the key has ever signed can be taken for it.
 */
export const signedText = (sha256: string): string => `i2i made picture v1 ${sha256}`

/** Ed25519 (RFC 8032), 64 bytes in base64. Undefined where none of the makers has signed this picture. */
export function makerOf(
  sha256: string,
  signature: string | undefined,
  makers: readonly TrustedMaker[],
): TrustedMaker | undefined {
  if (signature === undefined) return undefined
  const given = Buffer.from(signature, 'base64')
  if (given.length !== 64) return undefined
  const text = Buffer.from(signedText(sha256), 'ascii')
  return makers.find(({ key }) => verify(null, text, key, given))
}
